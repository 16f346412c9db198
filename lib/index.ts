// The exports of `tickcast/cdk`.

export { ConfigError } from '../protocol/settings.ts';
export { Site, type SiteDomain, type SiteOptions, type SiteProps } from './site.ts';
export { type ClockSettings, TickcastClock, type TickcastClockProps } from './tickcast-clock.ts';
export { TickcastStack, type TickcastStackProps } from './tickcast-stack.ts';
