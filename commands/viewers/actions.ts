// Sends a text to viewers or closes their connections, several at a time, and counts the results.

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

/** Number of viewers at a time: as many as the SDK's client has HTTP connections. */
const CONCURRENCY = 50;

const GONE_STATUS = 410;

/** `gone`: API Gateway does not know the connection, or no longer knows it. */
export type Outcome = 'done' | 'gone' | 'failed';

export type Totals = Record<Outcome, number>;

/** @param complain is called for a problem with one viewer */
export type Act = (connectionId: string, complain: (text: string) => void) => Promise<Outcome>;

/** @returns all viewers in order of arrival, read consistently */
export async function listViewers({ connections }: Deployment): Promise<Connection[]> {
  const listing = await connections.list(partitionsOf(0, 1), Date.now());
  return listing.connections.sort((a, b) => a.connectedAtMillis - b.connectedAtMillis);
}

/** @returns ids of connections; a connection that is named is not looked up in the table */
export async function chosen(choice: Choice, deployment: Deployment): Promise<string[]> {
  if ('connection' in choice) return [choice.connection];
  const viewers = await listViewers(deployment);
  const isChosen = ({ viewerId }: Connection) => 'all' in choice || viewerId === choice.id;
  return viewers.filter(isChosen).map(({ connectionId }) => connectionId);
}

export function sending(text: string, { gateway }: Deployment): Act {
  return (connectionId, complain) => post(gateway, connectionId, text, complain);
}

/** Sends a notice with code and reason, because DELETE cannot have them. */
export function telling({ code, reason }: Omit<Closing, 'type'>, deployment: Deployment): Act {
  return sending(formatMessage({ type: 'closing', code, reason }), deployment);
}

export function ending({ gateway }: Deployment): Act {
  return (connectionId, complain) =>
    outcomeOf(gateway.send(new DeleteConnectionCommand({ ConnectionId: connectionId })), complain);
}

/** Sends a notice with code and reason and then closes the connection, even if the notice fails. */
export function closing(notice: Omit<Closing, 'type'>, deployment: Deployment): Act {
  const [tell, end] = [telling(notice, deployment), ending(deployment)];
  return async (connectionId, complain) => {
    await tell(connectionId, (text) => complain(`without its notice: ${text}`));
    return end(connectionId, complain);
  };
}

/** Applies the action to each viewer. Removes the rows of viewers who are gone, unless they are so young that their
 *  `$connect` may not have finished. A failure with one viewer does not reject.
 *  @param progress is called with the totals after each viewer */
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

/** Checks the status, because not every emulator has the error's name. */
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
