// The probe as one function, deployed by probe-stack.ts. It stores its events in a table.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { makeProbe } from './probe.ts';

const { TABLE_NAME: TableName } = process.env;
const table = DynamoDBDocumentClient.from(new DynamoDBClient());

export const handler = makeProbe({
  async put(key, event) {
    await table.send(new PutCommand({ TableName, Item: { key, event: JSON.stringify(event) } }));
  },
  async get(key) {
    const { Item } = await table.send(new GetCommand({ TableName, Key: { key }, ConsistentRead: true }));
    return Item && JSON.parse(Item.event);
  },
});
