// The rows of the connected viewers in DynamoDB, and the row with the layout of each partition.

import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { type Connection, isExpired, partitionOf } from '../domain/connection.ts';
import type { Layout } from '../domain/layout.ts';
import type { ConnectionStore } from '../domain/ports.ts';

type Row = (Connection | Layout) & { readonly partition: string; readonly id: string };

/** Id of the layout's row. No connection id looks like this. */
const LAYOUT_ID = '#layout';

export function makeDynamoConnectionStore(client: DynamoDBDocumentClient, tableName: string): ConnectionStore {
  return {
    async put(connection) {
      const { connectionId, ...attributes } = connection;
      await client.send(new PutCommand({ TableName: tableName, Item: { ...keyOf(connectionId), ...attributes } }));
    },

    async remove(connectionId) {
      await client.send(new DeleteCommand({ TableName: tableName, Key: keyOf(connectionId) }));
    },

    async removeOld(connectionId, writtenBeforeMillis) {
      const command = new DeleteCommand({
        TableName: tableName,
        Key: keyOf(connectionId),
        ConditionExpression: 'connectedAtMillis < :before',
        ExpressionAttributeValues: { ':before': writtenBeforeMillis },
      });
      try {
        await client.send(command);
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },

    async list(partitions, nowMillis) {
      const lists = await Promise.all(partitions.map((partition) => listPartition(partition, nowMillis)));
      return {
        connections: lists.flatMap(({ connections }) => connections),
        layouts: new Map(partitions.map((partition, index) => [partition, lists[index]?.layout])),
      };
    },

    async setLayout(partitions, layout) {
      const rows = partitions.map((partition) => ({ partition: partitionKey(partition), id: LAYOUT_ID, ...layout }));
      await Promise.all(rows.map((Item) => client.send(new PutCommand({ TableName: tableName, Item }))));
    },
  };

  async function listPartition(partition: number, nowMillis: number) {
    const connections: Connection[] = [];
    let layout: Layout | undefined;
    const pages = paginateQuery(
      { client },
      {
        TableName: tableName,
        KeyConditionExpression: '#partition = :partition',
        ExpressionAttributeNames: { '#partition': 'partition' },
        ExpressionAttributeValues: { ':partition': partitionKey(partition) },
        ConsistentRead: true,
      },
    );
    for await (const page of pages) {
      for (const { partition: _, id, ...attributes } of (page.Items ?? []) as Row[]) {
        if ('shards' in attributes) layout = attributes;
        else if (!isExpired(attributes, nowMillis)) connections.push({ ...attributes, connectionId: id });
      }
    }
    return { connections, layout };
  }
}

function keyOf(connectionId: string): { partition: string; id: string } {
  return { partition: partitionKey(partitionOf(connectionId)), id: connectionId };
}

function partitionKey(partition: number): string {
  return `connections#${partition}`;
}
