// The rows of the connected viewers in DynamoDB.

import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { type Connection, isExpired, PARTITION_COUNT, partitionOf } from '../domain/connection.ts';
import type { ConnectionStore } from '../domain/ports.ts';

type Row = Connection & { readonly partition: string; readonly id: string };

export function makeDynamoConnectionStore(client: DynamoDBDocumentClient, tableName: string): ConnectionStore {
  return {
    async put(connection) {
      const { connectionId, ...attributes } = connection;
      await client.send(new PutCommand({ TableName: tableName, Item: { ...keyOf(connectionId), ...attributes } }));
    },

    async remove(connectionId) {
      await client.send(new DeleteCommand({ TableName: tableName, Key: keyOf(connectionId) }));
    },

    async list(nowMillis) {
      const partitions = Array.from({ length: PARTITION_COUNT }, (_, partition) => listPartition(partition, nowMillis));
      return (await Promise.all(partitions)).flat();
    },
  };

  async function listPartition(partition: number, nowMillis: number): Promise<Connection[]> {
    const connections: Connection[] = [];
    const pages = paginateQuery(
      { client },
      {
        TableName: tableName,
        KeyConditionExpression: '#partition = :partition',
        ExpressionAttributeNames: { '#partition': 'partition' },
        ExpressionAttributeValues: { ':partition': partitionKey(partition) },
      },
    );
    for await (const page of pages) {
      for (const { partition: _, id, ...attributes } of (page.Items ?? []) as Row[]) {
        const connection = { ...attributes, connectionId: id };
        if (!isExpired(connection, nowMillis)) connections.push(connection);
      }
    }
    return connections;
  }
}

function keyOf(connectionId: string): { partition: string; id: string } {
  return { partition: partitionKey(partitionOf(connectionId)), id: connectionId };
}

function partitionKey(partition: number): string {
  return `connections#${partition}`;
}
