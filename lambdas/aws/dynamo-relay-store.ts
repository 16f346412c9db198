// The relay item of one shard in DynamoDB: single-item conditional updates and nothing else. A failed condition says that
// somebody else was first, which is a result here and no error. Every update may be repeated by whoever made it, as the SDK
// does when an answer is lost.

import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { RelayState, RelayStore } from '../domain/ports.ts';

interface RelayItem {
  readonly lastBoundaryMillis?: number;
  readonly leader?: string;
  readonly isIdle?: boolean;
  readonly hasRested?: boolean;
  readonly viewers?: number;
  readonly crowdedAddresses?: readonly string[];
  readonly standByRunner?: string;
  readonly standByCameMillis?: number;
  readonly standBySeenMillis?: number;
  readonly wokenAtMillis?: number;
  readonly wokenBy?: string;
}

/** @param shard from 0 to `shards` - 1; deployments with other numbers of shards have relays of their own */
export function makeDynamoRelayStore(
  client: DynamoDBDocumentClient,
  tableName: string,
  { shard, shards }: { readonly shard: number; readonly shards: number },
): RelayStore {
  const item = { TableName: tableName, Key: { partition: `relay#${shard}of${shards}`, id: 'relay' } };

  return {
    async claim(boundaryMillis, runnerId, census) {
      const counted = census === undefined ? '' : ', viewers = :viewers, crowdedAddresses = :crowded';
      return update({
        UpdateExpression: `SET lastBoundaryMillis = :boundary, leader = :me, isIdle = :no, hasRested = :no${counted}`,
        ConditionExpression:
          'attribute_not_exists(lastBoundaryMillis) OR lastBoundaryMillis < :boundary OR (lastBoundaryMillis = :boundary AND leader = :me AND isIdle = :no)',
        ExpressionAttributeValues: {
          ':boundary': boundaryMillis,
          ':me': runnerId,
          ':no': false,
          ...(census && { ':viewers': census.viewers, ':crowded': census.crowdedAddresses }),
        },
      });
    },

    async arrive(runnerId, nowMillis, { seenBeforeMillis, cameBeforeMillis }) {
      return update({
        UpdateExpression: 'SET standByRunner = :me, standByCameMillis = :now, standBySeenMillis = :now, isIdle = :no',
        ConditionExpression:
          'attribute_not_exists(standByRunner) OR standByRunner = :me OR standByRunner = leader OR standBySeenMillis < :seenBefore OR standByCameMillis < :cameBefore',
        ExpressionAttributeValues: {
          ':me': runnerId,
          ':now': nowMillis,
          ':no': false,
          ':seenBefore': seenBeforeMillis,
          ':cameBefore': cameBeforeMillis,
        },
      });
    },

    async standBy(runnerId, nowMillis) {
      return update({
        UpdateExpression: 'SET standBySeenMillis = :now',
        ConditionExpression: 'standByRunner = :me',
        ExpressionAttributeValues: { ':me': runnerId, ':now': nowMillis },
      });
    },

    async markIdle() {
      await update({
        UpdateExpression:
          'SET isIdle = :yes, hasRested = :yes, viewers = :none, crowdedAddresses = :nobody REMOVE wokenAtMillis, wokenBy',
        ExpressionAttributeValues: { ':yes': true, ':none': 0, ':nobody': [] },
      });
    },

    async read() {
      const { Item } = await client.send(new GetCommand({ ...item, ConsistentRead: true }));
      return stateOf((Item ?? {}) as RelayItem);
    },

    async beginWaking(wokenBy, nowMillis, againAfterMillis) {
      const relay = await update({
        UpdateExpression: 'SET wokenAtMillis = :now, wokenBy = :me',
        ConditionExpression: 'attribute_not_exists(wokenAtMillis) OR wokenAtMillis <= :againAfter OR wokenBy = :me',
        ExpressionAttributeValues: { ':now': nowMillis, ':me': wokenBy, ':againAfter': againAfterMillis },
      });
      return relay !== undefined;
    },
  };

  /** @returns the relay before the update; undefined when the condition failed */
  async function update(expressions: {
    UpdateExpression: string;
    ConditionExpression?: string;
    ExpressionAttributeValues: Record<string, unknown>;
  }): Promise<RelayState | undefined> {
    try {
      const { Attributes } = await client.send(new UpdateCommand({ ...item, ...expressions, ReturnValues: 'ALL_OLD' }));
      return stateOf((Attributes ?? {}) as RelayItem);
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  }
}

function stateOf(item: RelayItem): RelayState {
  const { lastBoundaryMillis = 0, standBySeenMillis = 0, isIdle = false, hasRested = false } = item;
  const { viewers = 0, crowdedAddresses = [] } = item;
  return { lastBoundaryMillis, standBySeenMillis, isIdle, hasRested, census: { viewers, crowdedAddresses } };
}
