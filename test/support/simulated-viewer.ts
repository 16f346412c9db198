// A client on a simulated device, which records its events.

import { ClockClient, type ClockOptions, type ClockTick, type Disconnection } from '../../web/src/client/client.ts';
import { type DeviceOptions, SimulatedDevice } from './simulated-device.ts';
import { type Network, type ServiceOptions, SimulatedService } from './simulated-service.ts';
import { makeRandom, Timeline } from './timeline.ts';

/** An arbitrary time that is not on a second. */
export const START_MILLIS = 1_763_861_880_321;

export interface ViewerOptions {
  readonly service: SimulatedService;
  readonly seed?: number;
  /** @default 10 ms each way */
  readonly network?: Network;
  readonly device?: Omit<Partial<DeviceOptions>, 'timeline'>;
  readonly client?: Omit<ClockOptions, 'ports'>;
}

export class SimulatedViewer {
  readonly device: SimulatedDevice;
  readonly client: ClockClient;
  readonly ticks: ClockTick[] = [];
  /** Each state with the true time of the change. */
  readonly states: { readonly state: string; readonly atMillis: number }[] = [];
  readonly disconnections: Disconnection[] = [];
  readonly texts: string[] = [];

  constructor({ service, seed = 1, network, device = {}, client }: ViewerOptions) {
    const { timeline } = service.options;
    this.device = new SimulatedDevice({
      timeline,
      random: makeRandom(seed),
      openSocket: (device) => service.connect(device, network ?? { upMillis: () => 10, downMillis: () => 10 }),
      ...device,
    });
    this.client = new ClockClient('ws://localhost/websocket', { ...client, ports: this.device.ports });
    this.client.on('tick', (tick) => this.ticks.push(tick));
    this.client.on('state', (state) => this.states.push({ state, atMillis: timeline.nowMillis }));
    this.client.on('disconnect', (disconnection) => this.disconnections.push(disconnection));
    this.client.on('text', (text) => this.texts.push(text));
  }

  get stateNames(): string[] {
    return this.states.map(({ state }) => state);
  }

  get sequences(): number[] {
    return this.ticks.map(({ sequence }) => sequence);
  }
}

/** A service and a viewer of it that has not connected yet. */
export function makeWorld(
  options: Partial<Omit<ViewerOptions, 'service'>> & { readonly server?: Partial<ServiceOptions> } = {},
) {
  const timeline = new Timeline(START_MILLIS);
  const service = new SimulatedService({ timeline, ...options.server });
  const viewer = new SimulatedViewer({ ...options, service });
  return { timeline, service, viewer, ...viewer } as const;
}
