// `$disconnect`: logs how the connection ended and removes its row. Best effort on AWS: what is lost here is found by a
// 410 on the next tick, and by the row's time-to-live at last.

import { makeTableClient } from '../aws/clients.ts';
import { makeDynamoConnectionStore } from '../aws/dynamo-connection-store.ts';
import { loadTableConfig } from '../config.ts';
import type { DisconnectEvent, LambdaContext, ProxyResult } from '../events.ts';
import { excerpt, makeLog } from '../log.ts';

const config = loadTableConfig(process.env);
const log = makeLog('disconnect');
const connections = makeDynamoConnectionStore(makeTableClient(), config.tableName);

export async function handler(event: DisconnectEvent, context: LambdaContext): Promise<ProxyResult> {
  log.begin(context);
  const { connectionId, disconnectStatusCode, disconnectReason } = event.requestContext;
  log.info('a viewer disconnected', {
    connectionId,
    closeCode: disconnectStatusCode,
    closeReason: excerpt(disconnectReason ?? ''),
  });
  await connections.remove(connectionId);
  return { statusCode: 200 };
}
