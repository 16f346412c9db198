import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isGatewayId, makeGatewayId, makeTraceId } from '../../../local/gateway/identifiers.ts';

it('identifiers are well-formed and unique', () => {
  const ids = Array.from({ length: 5_000 }, makeGatewayId);
  const traceIds = Array.from({ length: 5_000 }, () => makeTraceId(1763861880_000));

  assert.ok(ids.every(isGatewayId));
  assert.ok(
    traceIds.every((id) => /^Root=1-69226578-[0-9a-f]{24}$/.test(id)),
    traceIds[0],
  );
  assert.equal(new Set([...ids, ...traceIds]).size, 10_000);
});
