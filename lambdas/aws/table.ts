// The table and its three kinds of items. Its keys are `partition` (hash key) and `id` (range key), both strings.
//
//   connection  { partition: "connections#13", id: "L0SM9cOFvHcCIhw=", connectedAtMillis: 1763861880123,
//                 expiresAtSeconds: 1763869680, viewerId: "12", address: "203.0.113.7" }
//   layout      { partition: "connections#13", id: "#layout", shards: 1, sinceMillis: 1763861000000 }
//   relay       { partition: "relay#0of1", id: "relay", lastBoundaryMillis: 1763861880000,
//                 priorBoundaryMillis: 1763861879000, leader: "<runner>", priorLeader: "<runner>", isEmpty: false,
//                 wasEmptySinceLastClaim: false, arrivals: 1207, places: 42, crowdedAddresses: [],
//                 wokenAtMillis: 1763861000000, wokenBy: "L0SM9cOFvHcCIhw=" }

/** Names of the key attributes and of the time-to-live attribute. lib/ and local/ create the table with them. */
export const TABLE_KEYS = { partition: 'partition', sort: 'id', timeToLive: 'expiresAtSeconds' } as const;
