// The one table and its two kinds of items. Keys are `partition` (hash key) and `id` (range key), both text.
//
//   connection  { partition: "connections#13", id: "L0SM9cOFvHcCIhw=", connectedAtMillis: 1763861880123,
//                 expiresAtSeconds: 1763869680, viewerId: "12" }
//   relay       { partition: "relay#0", id: "relay", lastBoundaryMillis: 1763861880000, leader: "<runner>",
//                 standByRunner: "<runner>", standBySeenMillis: 1763861879850 }

/** Names of the key attributes and of the time-to-live attribute, as lib/ and local/ create them. */
export const TABLE_KEYS = { partition: 'partition', sort: 'id', timeToLive: 'expiresAtSeconds' } as const;
