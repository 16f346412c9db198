// Runners of release 1, as far as they share the relay item with today's runners. They ran in pairs: the leader claimed
// each tick 400 ms before its boundary, and its stand-by claimed it 150 ms before if no other runner had.

import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { boundaryMillis, sequenceAt } from '../../protocol/tick.ts';
import type { SimulatedWorld } from './simulated-world.ts';

const KEY = { partition: 'relay#0of1', id: 'relay' };
const TABLE_NAME = 'tickcast';
const LEAD_MILLIS = { leading: 400, 'standing by': 150 };

export type PreviousRole = keyof typeof LEAD_MILLIS;

type Item = Record<string, unknown>;

export class PreviousRunner {
  readonly runnerId: string;
  role: PreviousRole;
  /** Why it has ended. */
  exit: 'another leads' | 'nobody is connected' | 'time is up' | 'killed' | undefined;
  readonly #world: SimulatedWorld;
  readonly #client: DynamoDBDocumentClient;
  readonly #leaveAtMillis: number;

  /** @param leaveAtMillis time at which the runner must leave */
  constructor(
    world: SimulatedWorld,
    client: DynamoDBDocumentClient,
    runnerId: string,
    role: PreviousRole,
    leaveAtMillis: number,
  ) {
    [this.#world, this.#client, this.runnerId, this.role] = [world, client, runnerId, role];
    this.#leaveAtMillis = leaveAtMillis;
    this.#run();
  }

  kill(): void {
    this.exit ??= 'killed';
  }

  async #run(): Promise<void> {
    const { clock, intervalMillis } = this.#world;
    if (this.role === 'standing by') {
      const set = 'standByRunner = :me, standByCameMillis = :now, standBySeenMillis = :now, isIdle = :no';
      await this.#update(`SET ${set}`, { ':me': this.runnerId, ':now': clock.now(), ':no': false });
    }
    let sequence = sequenceAt(clock.now() + LEAD_MILLIS['standing by'], intervalMillis) + 1;
    while (this.exit === undefined) {
      const boundary = boundaryMillis(sequence, intervalMillis);
      if (boundary + 900 > this.#leaveAtMillis) this.exit = 'time is up';
      else await this.#takeTurn(sequence, boundary);
      sequence++;
    }
  }

  async #takeTurn(sequence: number, boundary: number): Promise<void> {
    const { clock } = this.#world;
    await clock.sleepUntil(boundary - LEAD_MILLIS[this.role]);
    if (this.exit !== undefined) return;
    if (this.role === 'standing by') {
      const seen = { ':now': clock.now(), ':me': this.runnerId };
      const state = await this.#update('SET standBySeenMillis = :now', seen, 'standByRunner = :me');
      if (state === undefined || Number(state.lastBoundaryMillis ?? 0) >= boundary) return;
    }
    const claimed = await this.#update(
      'SET lastBoundaryMillis = :boundary, leader = :me, isIdle = :no, hasRested = :no',
      { ':boundary': boundary, ':me': this.runnerId, ':no': false },
      'attribute_not_exists(lastBoundaryMillis) OR lastBoundaryMillis < :boundary OR (lastBoundaryMillis = :boundary AND leader = :me AND isIdle = :no)',
    );
    if (claimed === undefined) {
      if (this.role === 'leading') this.exit = 'another leads';
      return;
    }
    this.role = 'leading';
    await this.#send(sequence, boundary);
  }

  async #send(sequence: number, boundary: number): Promise<void> {
    const { clock, connections, deliveries } = this.#world;
    const roster = await connections.list([...Array(16).keys()], clock.now());
    if (roster.connections.length === 0) {
      const idle = 'SET isIdle = :yes, hasRested = :yes, viewers = :none, crowdedAddresses = :nobody';
      await this.#update(`${idle} REMOVE wokenAtMillis, wokenBy`, { ':yes': true, ':none': 0, ':nobody': [] });
      this.exit = 'nobody is connected';
      return;
    }
    await clock.sleepUntil(boundary);
    if (this.exit !== undefined) return;
    for (const { connectionId } of roster.connections) {
      if (!this.#world.isConnected(connectionId)) continue;
      const { runnerId } = this;
      deliveries.push({ connectionId, sequence, runnerId, sentMillis: clock.now(), aheadMillis: 0 });
    }
  }

  /** @returns the item before the write; undefined if the condition failed */
  async #update(UpdateExpression: string, values: Item, ConditionExpression?: string): Promise<Item | undefined> {
    const { clock } = this.#world;
    await clock.sleepUntil(clock.now() + 10);
    try {
      const condition = ConditionExpression === undefined ? {} : { ConditionExpression };
      const expressions = { UpdateExpression, ExpressionAttributeValues: values, ...condition };
      const command = new UpdateCommand({ TableName: TABLE_NAME, Key: KEY, ...expressions, ReturnValues: 'ALL_OLD' });
      return (await this.#client.send(command)).Attributes ?? {};
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  }
}
