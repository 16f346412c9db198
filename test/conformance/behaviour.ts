// The cases of the suite: one for each behaviour that docs/fidelity.md marks as documented or recorded.

import type { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import type { AwsCredentials } from '../../lambdas/aws/post-signer.ts';
import type { Faults } from '../../local/gateway/faults.ts';
import type { Limits } from '../../local/gateway/limits.ts';
import { TestViewer } from '../support/test-viewer.ts';
import type { ProbeEvent } from './probe.ts';

/** Settings that a real stage does not have, or whose effect would take hours there. */
export interface Settings {
  readonly limits?: Partial<Limits>;
  readonly faults?: Faults;
}

export interface Behaviour {
  /** First cell of the row in docs/fidelity.md. */
  readonly says: string;
  /** Settings of the case. A target without settings skips it. */
  readonly settings?: Settings;
  check(api: ProbeApi): Promise<void>;
}

/** Access to a running {@link PROBE_ROUTES} API. */
export interface Access {
  /** `ws(s)://…/{stage}` */
  readonly socketUrl: string;
  /** URL of the @connections API, without a trailing slash. */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
  /** Client of the AWS SDK, with one attempt per request. */
  readonly client: ApiGatewayManagementApiClient;
}

export class ProbeApi {
  readonly access: Access;

  constructor(access: Access) {
    this.access = access;
  }

  get client(): ApiGatewayManagementApiClient {
    return this.access.client;
  }

  /** Connects a client. @returns the client, the id of its connection and the event of its first message */
  async connect(query: Record<string, string | number> = {}, protocols: string[] = [], options = {}) {
    const viewer = await TestViewer.connect(this.url(query), protocols, options);
    const event = await ask(viewer, 'echo');
    return { viewer, event, ConnectionId: event.requestContext.connectionId as string };
  }

  url(query: Record<string, string | number> = {}): string {
    const url = new URL(this.access.socketUrl);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    return url.href;
  }

  /** Waits for the event that the probe stores under a key: the `tag` for `$connect`, the connection id for
   *  `$disconnect`. */
  async kept(key: string): Promise<ProbeEvent> {
    const observer = await TestViewer.connect(this.url());
    try {
      for (;;) {
        const event = await ask(observer, 'look', { key });
        if (event !== null) return event;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    } finally {
      await observer.close();
    }
  }
}

/** Sends a message to a route of the probe. @returns the next answer */
export async function ask(viewer: TestViewer, action: string, fields: object = {}): Promise<ProbeEvent> {
  const seen = viewer.texts.length;
  viewer.send(JSON.stringify({ action, ...fields }));
  const text = await viewer.text((_, index) => index >= seen);
  return JSON.parse(text);
}
