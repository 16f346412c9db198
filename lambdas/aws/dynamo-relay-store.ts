// The relay item in DynamoDB: single-item conditional updates and nothing else. A failed condition says that somebody
// else was first, which is a result here and no error.

import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { RelayStore } from '../domain/ports.ts';

interface RelayItem {
  readonly lastBoundaryMillis?: number;
  readonly leader?: string;
  readonly standByRunner?: string;
  readonly standBySeenMillis?: number;
}

export function makeDynamoRelayStore(client: DynamoDBDocumentClient, tableName: string): RelayStore {
  const item = { TableName: tableName, Key: { partition: 'relay#0', id: 'relay' } };

  return {
    async claim(boundaryMillis, runnerId) {
      const claimed = await update({
        UpdateExpression: 'SET lastBoundaryMillis = :boundary, leader = :me',
        ConditionExpression: 'attribute_not_exists(lastBoundaryMillis) OR lastBoundaryMillis < :boundary',
        ExpressionAttributeValues: { ':boundary': boundaryMillis, ':me': runnerId },
      });
      // The SDK repeats an update whose answer was lost. The repetition fails its condition although the first one
      // succeeded, so the loser looks who won.
      const relay = claimed ?? (await read());
      const won = relay.lastBoundaryMillis === boundaryMillis && relay.leader === runnerId;
      const standBySeenMillis = relay.standByRunner === runnerId ? undefined : relay.standBySeenMillis;
      return { won, standBySeenMillis: (won && standBySeenMillis) || 0 };
    },

    async standBy(nowMillis, runnerId, staleBeforeMillis) {
      const relay = await update({
        UpdateExpression: 'SET standByRunner = :me, standBySeenMillis = :now',
        ConditionExpression:
          'attribute_not_exists(standByRunner) OR standByRunner = :me OR standByRunner = leader OR standBySeenMillis < :stale',
        ExpressionAttributeValues: { ':me': runnerId, ':now': nowMillis, ':stale': staleBeforeMillis },
      });
      return { accepted: relay !== undefined, lastBoundaryMillis: relay?.lastBoundaryMillis ?? 0 };
    },
  };

  /** @returns the item after the update, or undefined when the condition failed */
  async function update(expressions: {
    UpdateExpression: string;
    ConditionExpression: string;
    ExpressionAttributeValues: Record<string, unknown>;
  }): Promise<RelayItem | undefined> {
    try {
      const { Attributes } = await client.send(new UpdateCommand({ ...item, ...expressions, ReturnValues: 'ALL_NEW' }));
      return Attributes as RelayItem;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  }

  async function read(): Promise<RelayItem> {
    const { Item } = await client.send(new GetCommand({ ...item, ConsistentRead: true }));
    return (Item ?? {}) as RelayItem;
  }
}
