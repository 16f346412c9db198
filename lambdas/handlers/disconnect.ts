// `$disconnect`: logs how the connection ended and removes its row. API Gateway does not guarantee the call. If it is
// lost, the next tick gets a 410 and the runner removes the row. At the latest the row's time-to-live removes it.

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
