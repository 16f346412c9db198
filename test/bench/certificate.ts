// Creates a self-signed certificate for 127.0.0.1. It is valid for one day, and each run creates its own.
// Node can sign an X.509 certificate (RFC 5280) but cannot create one, so this file encodes its structure byte by byte.

import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export interface SelfSigned {
  /** PEM. */
  readonly key: string;
  readonly certificate: string;
}

const DAY_MILLIS = 86_400_000;

const OID_ECDSA_WITH_SHA256 = '2a8648ce3d040302';
const OID_COMMON_NAME = '550403';
const OID_BASIC_CONSTRAINTS = '551d13';
const OID_SUBJECT_ALTERNATIVE_NAME = '551d11';

const TAG_IP_ADDRESS = 0x87;

export function makeCertificate(): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(oid(OID_ECDSA_WITH_SHA256));
  const name = sequence(der(0x31, sequence(oid(OID_COMMON_NAME), der(0x0c, Buffer.from('127.0.0.1')))));
  const isAuthority = sequence(der(0x01, Buffer.of(0xff)));
  const addresses = sequence(der(TAG_IP_ADDRESS, Buffer.of(127, 0, 0, 1)));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.of(2))), // version 3
    der(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])), // serial number, positive
    algorithm,
    name, // issuer
    sequence(utcTime(Date.now() - DAY_MILLIS), utcTime(Date.now() + DAY_MILLIS)),
    name, // subject
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      0xa3,
      sequence(
        sequence(oid(OID_BASIC_CONSTRAINTS), der(0x04, isAuthority)),
        sequence(oid(OID_SUBJECT_ALTERNATIVE_NAME), der(0x04, addresses)),
      ),
    ),
  );
  const signature = Buffer.concat([Buffer.of(0), sign('sha256', body, privateKey)]);
  const certificate = sequence(body, algorithm, der(0x03, signature)).toString('base64');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: `-----BEGIN CERTIFICATE-----\n${certificate.replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`,
  };
}

/** Encodes tag, length and value (X.690, distinguished encoding rules). */
function der(tag: number, ...values: Buffer[]): Buffer {
  const value = Buffer.concat(values);
  const { length } = value;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), value]);
  const lengthBytes = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...lengthBytes), value]);
}

function sequence(...values: Buffer[]): Buffer {
  return der(0x30, ...values);
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function utcTime(epochMillis: number): Buffer {
  const text = new Date(epochMillis).toISOString().replace(/^..|[-:T]|\.\d+/g, '');
  return der(0x17, Buffer.from(text));
}
