// A table that answers immediately, so that code for DynamoDB can run on simulated time. It evaluates the expressions
// with dynalite over a map.

import { type AttributeValue, ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient, UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import updateItem from 'dynalite/actions/updateItem.js';
import { custom as parseUpdate } from 'dynalite/validations/updateItem.js';

type Item = Record<string, AttributeValue>;
type Callback = (error: unknown, result?: unknown) => void;

const TABLE = {
  AttributeDefinitions: ['partition', 'id'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: [
    { AttributeName: 'partition', KeyType: 'HASH' },
    { AttributeName: 'id', KeyType: 'RANGE' },
  ],
};

/** @returns a client for updates and for reads of one item */
export function makeImmediateTable(): DynamoDBDocumentClient {
  const items = new Map<string, Item>();
  const keyOf = (key: Record<string, unknown> = {}) => JSON.stringify([key.partition, key.id]);

  function update(input: UpdateCommandInput): object {
    const key = keyOf(input.Key);
    const request = {
      ...input,
      Key: marshall(input.Key),
      ExpressionAttributeValues: marshall(input.ExpressionAttributeValues),
    };
    const wrong = parseUpdate(request);
    if (wrong !== undefined) throw new Error(wrong);
    const store = {
      options: { maxItemSize: 400 * 1024 },
      getTable: (_: string, callback: Callback) => callback(null, TABLE),
      getItemDb: () => ({
        lock: (_: string, act: (release: (callback: Callback) => Callback) => void) => act((callback) => callback),
        get: (_: string, callback: Callback) => {
          const item = items.get(key);
          callback(item === undefined ? { name: 'NotFoundError' } : null, item);
        },
        put: (_: string, item: Item, callback: Callback) => {
          items.set(key, item);
          callback(null);
        },
      }),
    };
    let answer: { readonly Attributes?: Item } | undefined;
    updateItem(store, request, (error, result = {}) => {
      if (error === null || error === undefined) answer = result;
      else if (!JSON.stringify(error).includes('ConditionalCheckFailed')) throw error;
    });
    if (answer === undefined) throw new ConditionalCheckFailedException({ message: 'failed', $metadata: {} });
    return answer.Attributes === undefined ? {} : { Attributes: unmarshall(answer.Attributes) };
  }

  async function send({ input }: { input: UpdateCommandInput }): Promise<object> {
    if ('UpdateExpression' in input) return update(input);
    const item = items.get(keyOf(input.Key));
    return item === undefined ? {} : { Item: unmarshall(item) };
  }
  return { send } as unknown as DynamoDBDocumentClient;
}
