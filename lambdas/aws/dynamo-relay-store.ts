// The relay item of one shard in DynamoDB. Each write is an update of a single item. A failed condition is a result
// here, not an error. The writes in the order of a shard's life, with their conditions:
//
//   reservePlace     a viewer connects                   a place is free, and the viewer's address is not crowded
//   countArrival  a viewer connects                   none
//   beginWaking   no runner is running                no other viewer has begun to wake one within the window
//   claim         a runner is going to send a tick    the boundary is later than the last one
//   writeCensus    a runner leaves                     no other runner has made a claim since
//   replaceVoid   the last boundary is in the future  the last and the prior boundary have not changed since the read
//   markEmpty     no viewer is left                   this runner made the last claim, and no viewer has connected
// since
//   alertLayout   a runner replaces another layout    a runner has led the shard of the other layout

import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { PARTITION_COUNT } from '../../protocol/limits.ts';
import type { Census, RelayState, RelayStore } from '../domain/ports.ts';

interface RelayItem {
  readonly lastBoundaryMillis?: number;
  readonly priorBoundaryMillis?: number;
  readonly leader?: string;
  readonly priorLeader?: string;
  readonly isEmpty?: boolean;
  readonly wasEmptySinceLastClaim?: boolean;
  readonly arrivals?: number;
  /** Number of places taken: viewers of the last census, and arrivals since then. */
  readonly places?: number;
  readonly crowdedAddresses?: readonly string[];
  readonly wokenAtMillis?: number;
  readonly wokenBy?: string;
}

interface Expressions {
  readonly UpdateExpression: string;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeValues: Record<string, unknown>;
}

/** Value of `priorLeader` after the first claim. */
const NO_RUNNER = 'none';

/** Counts a viewer whose row has been written. */
const COUNT_ARRIVAL = 'SET isEmpty = :no ADD arrivals :one, places :one';

/** Sets `places` to the viewers of the census and the arrivals since then. */
const SET_CENSUS = 'places = if_not_exists(arrivals, :zero) + :rest, crowdedAddresses = :crowded';

const HAS_PLACE = '(attribute_not_exists(places) OR places < :max)';

const IS_LATER = '(attribute_not_exists(lastBoundaryMillis) OR lastBoundaryMillis < :boundary)';

/** Condition that an attribute has not changed. An absent number counts as 0. JavaScript compares the value with 0,
 *  because it is unconfirmed that DynamoDB compares two values of a request. */
const isUnchanged = (name: 'arrivals' | 'priorBoundaryMillis', value: number) =>
  value === 0 ? `(attribute_not_exists(${name}) OR ${name} = :${name})` : `${name} = :${name}`;

/** @param shard from 0 to `shards` - 1. Each shard of each number of shards has its own relay item. */
export function makeDynamoRelayStore(
  client: DynamoDBDocumentClient,
  tableName: string,
  { shard, shards }: { readonly shard: number; readonly shards: number },
): RelayStore {
  const item = { TableName: tableName, Key: keyOf(shard, shards) };

  return {
    async claim(boundaryMillis, runnerId, census) {
      const counted = census === undefined ? '' : `, ${SET_CENSUS}`;
      return update({
        UpdateExpression: `SET priorBoundaryMillis = if_not_exists(lastBoundaryMillis, :zero), priorLeader = if_not_exists(leader, :none), lastBoundaryMillis = :boundary, leader = :me, isEmpty = :no, wasEmptySinceLastClaim = :no${counted}`,
        ConditionExpression: IS_LATER,
        ExpressionAttributeValues: {
          ':boundary': boundaryMillis,
          ':me': runnerId,
          ':no': false,
          ':zero': 0,
          ':none': NO_RUNNER,
          ...(census && censusValues(census)),
        },
      });
    },

    async writeCensus(runnerId, census) {
      await update({
        UpdateExpression: `SET ${SET_CENSUS}`,
        ConditionExpression: 'leader = :me',
        ExpressionAttributeValues: { ':me': runnerId, ':zero': 0, ...censusValues(census) },
      });
    },

    async replaceVoid(found, boundaryMillis, runnerId) {
      const before = await update({
        UpdateExpression:
          'SET lastBoundaryMillis = :boundary, leader = :me, isEmpty = :no, wasEmptySinceLastClaim = :no',
        ConditionExpression: `lastBoundaryMillis = :last AND ${isUnchanged('priorBoundaryMillis', found.priorBoundaryMillis)}`,
        ExpressionAttributeValues: {
          ':boundary': boundaryMillis,
          ':me': runnerId,
          ':no': false,
          ':last': found.lastBoundaryMillis,
          ':priorBoundaryMillis': found.priorBoundaryMillis,
        },
      });
      return before !== undefined;
    },

    async markEmpty(runnerId, arrivals) {
      const before = await update({
        UpdateExpression:
          'SET isEmpty = :yes, wasEmptySinceLastClaim = :yes, places = :zero, crowdedAddresses = :none REMOVE wokenAtMillis, wokenBy',
        // This runner made the last claim, and no viewer has connected since it read the roster.
        ConditionExpression: `leader = :me AND ${isUnchanged('arrivals', arrivals)}`,
        ExpressionAttributeValues: { ':yes': true, ':zero': 0, ':none': [], ':me': runnerId, ':arrivals': arrivals },
      });
      return before !== undefined;
    },

    async countArrival() {
      const before = await update({
        UpdateExpression: COUNT_ARRIVAL,
        ExpressionAttributeValues: { ':no': false, ':one': 1 },
      });
      return before ?? stateOf({});
    },

    async reservePlace(maxViewers, address) {
      const isNotCrowded = address === undefined ? '' : ' AND NOT contains(crowdedAddresses, :address)';
      return update({
        UpdateExpression: COUNT_ARRIVAL,
        ConditionExpression: HAS_PLACE + isNotCrowded,
        ExpressionAttributeValues: {
          ':no': false,
          ':one': 1,
          ':max': maxViewers,
          ...(address !== undefined && { ':address': address }),
        },
      });
    },

    async read() {
      const { Item } = await client.send(new GetCommand({ ...item, ConsistentRead: true }));
      return stateOf((Item ?? {}) as RelayItem);
    },

    async beginWaking(wokenBy, nowMillis, windowMillis) {
      const before = await update({
        UpdateExpression: 'SET wokenAtMillis = :now, wokenBy = :me',
        // A time that is further ahead than the window was written by a wrong clock.
        ConditionExpression:
          'attribute_not_exists(wokenAtMillis) OR wokenAtMillis <= :after OR wokenAtMillis > :before OR wokenBy = :me',
        ExpressionAttributeValues: {
          ':now': nowMillis,
          ':me': wokenBy,
          ':after': nowMillis - windowMillis,
          ':before': nowMillis + windowMillis,
        },
      });
      return before !== undefined;
    },

    async alertLayout(otherShards) {
      const others = overlappingShards(shard, shards, otherShards);
      await Promise.all(others.map((other) => countArrivalOf(other, otherShards)));
    },
  };

  /** @returns the relay before the update; undefined when the condition failed */
  async function update(expressions: Expressions): Promise<RelayState | undefined> {
    try {
      const { Attributes } = await client.send(new UpdateCommand({ ...item, ...expressions, ReturnValues: 'ALL_OLD' }));
      return stateOf((Attributes ?? {}) as RelayItem);
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  }

  async function countArrivalOf(otherShard: number, otherShards: number): Promise<void> {
    const command = new UpdateCommand({
      TableName: tableName,
      Key: keyOf(otherShard, otherShards),
      UpdateExpression: 'ADD arrivals :one',
      ConditionExpression: 'attribute_exists(leader)',
      ExpressionAttributeValues: { ':one': 1 },
    });
    try {
      await client.send(command);
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}

function censusValues({ viewers, arrivals, crowdedAddresses }: Census) {
  return { ':rest': viewers - arrivals, ':crowded': crowdedAddresses };
}

function keyOf(shard: number, shards: number): { partition: string; id: string } {
  return { partition: `relay#${shard}of${shards}`, id: 'relay' };
}

/** @returns the shards of another layout that serve partitions of this shard */
function overlappingShards(shard: number, shards: number, otherShards: number): number[] {
  const all = Array.from({ length: PARTITION_COUNT / shards }, (_, index) => (shard + index * shards) % otherShards);
  return [...new Set(all)];
}

function stateOf(item: RelayItem): RelayState {
  const { lastBoundaryMillis = 0, priorBoundaryMillis = 0, leader, priorLeader, isEmpty = false } = item;
  const { wasEmptySinceLastClaim = false, arrivals = 0, crowdedAddresses = [] } = item;
  const times = { lastBoundaryMillis, priorBoundaryMillis };
  const leaders = { leader, priorLeader: priorLeader === NO_RUNNER ? undefined : priorLeader };
  return { ...times, ...leaders, isEmpty, wasEmptySinceLastClaim, arrivals, crowdedAddresses };
}
