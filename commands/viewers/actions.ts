// What is done to viewers: a text or an end for each of them, some at a time, with a count of how it went.

import {
  type ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { type Connection, SETTLING_MILLIS } from '../../lambdas/domain/connection.ts';
import { eachConcurrently } from '../../lambdas/domain/each.ts';
import { partitionsOf } from '../../lambdas/domain/layout.ts';
import { type Closing, formatMessage } from '../../protocol/messages.ts';
import type { Deployment } from './deployment.ts';
import type { Choice } from './options.ts';

/** Viewers at a time: as many as the SDK's client has HTTP connections. */
const CONCURRENCY = 50;

const GONE_STATUS = 410;

/** `gone`: the gateway does not know the connection, or no longer. */
export type Outcome = 'done' | 'gone' | 'failed';

export type Totals = Record<Outcome, number>;

/** @param complain is told of what went wrong with one viewer */
export type Act = (connectionId: string, complain: (text: string) => void) => Promise<Outcome>;

/** Everybody, strongly consistent, in order of arrival. */
export async function listViewers({ connections }: Deployment): Promise<Connection[]> {
  const listing = await connections.list(partitionsOf(0, 1), Date.now());
  return listing.connections.sort((a, b) => a.connectedAtMillis - b.connectedAtMillis);
}

/** @returns ids of connections; one that is named is not looked up: the gateway knows best */
export async function chosen(choice: Choice, deployment: Deployment): Promise<string[]> {
  if ('connection' in choice) return [choice.connection];
  const viewers = await listViewers(deployment);
  const isChosen = ({ viewerId }: Connection) => 'all' in choice || viewerId === choice.id;
  return viewers.filter(isChosen).map(({ connectionId }) => connectionId);
}

export function sending(text: string, { gateway }: Deployment): Act {
  return (connectionId, complain) => post(gateway, connectionId, text, complain);
}

/** Tells code and reason: DELETE can carry neither. */
export function telling({ code, reason }: Omit<Closing, 'type'>, deployment: Deployment): Act {
  return sending(formatMessage({ type: 'closing', code, reason }), deployment);
}

export function ending({ gateway }: Deployment): Act {
  return (connectionId, complain) =>
    outcomeOf(gateway.send(new DeleteConnectionCommand({ ConnectionId: connectionId })), complain);
}

/** Tells code and reason and then ends the connection, also of a viewer who cannot be told. */
export function closing(notice: Omit<Closing, 'type'>, deployment: Deployment): Act {
  const [tell, end] = [telling(notice, deployment), ending(deployment)];
  return async (connectionId, complain) => {
    await tell(connectionId, (text) => complain(`without its notice: ${text}`));
    return end(connectionId, complain);
  };
}

/** Does it to each, and removes the rows of those who are gone, unless they are so young that their `$connect` may not have
 *  finished. Never rejects for one viewer.
 *  @param progress told the totals after each viewer */
export async function toEach(
  connectionIds: readonly string[],
  act: Act,
  { connections }: Deployment,
  { progress, complain }: { progress(totals: Totals): void; complain(connectionId: string, text: string): void },
): Promise<Totals> {
  const totals: Totals = { done: 0, gone: 0, failed: 0 };
  await eachConcurrently(connectionIds.values(), CONCURRENCY, async (connectionId) => {
    const outcome = await act(connectionId, (text) => complain(connectionId, text));
    if (outcome === 'gone') {
      const removed = connections.removeOld(connectionId, Date.now() - SETTLING_MILLIS);
      await removed.catch((error: Error) => complain(connectionId, `its row could not be removed: ${error.message}`));
    }
    totals[outcome]++;
    progress(totals);
  });
  return totals;
}

function post(
  gateway: ApiGatewayManagementApiClient,
  connectionId: string,
  text: string,
  complain: (text: string) => void,
): Promise<Outcome> {
  const command = new PostToConnectionCommand({ ConnectionId: connectionId, Data: text });
  return outcomeOf(gateway.send(command), complain);
}

/** By the status: not every emulator names the error. */
async function outcomeOf(sent: Promise<unknown>, complain: (text: string) => void): Promise<Outcome> {
  try {
    await sent;
    return 'done';
  } catch (error) {
    const { $metadata, name, message } = error as Error & { $metadata?: { httpStatusCode?: number } };
    if ($metadata?.httpStatusCode === GONE_STATUS) return 'gone';
    complain(message || name);
    return 'failed';
  }
}
