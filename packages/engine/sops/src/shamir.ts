/** Logarithms to the base 0xe5 in GF(2^8) with the polynomial of AES, and their powers. */
const { powers, logarithms } = makeTables();

/**
 * Puts a secret together that was split in Shamir's way, as HashiCorp's Vault does it (and SOPS): each share is a byte
 * per byte of the secret, then its own x coordinate.
 *
 * @returns undefined for shares that can't belong together; of wrong shares of the right form the result is garbage
 */
export function combineShares(shares: readonly Uint8Array[]): Uint8Array | undefined {
  const [first] = shares;
  if (first === undefined || first.length < 2 || shares.some(({ length }) => length !== first.length)) return undefined;
  const coordinates = shares.map((share) => share.at(-1) ?? 0);
  if (new Set(coordinates).size !== shares.length || coordinates.includes(0)) return undefined;
  const secret = new Uint8Array(first.length - 1);
  for (let index = 0; index < secret.length; index++) {
    secret[index] = interpolateAtZero(
      coordinates,
      shares.map((share) => share[index] ?? 0),
    );
  }
  return secret;
}

/** Lagrange's polynomial through the points, at 0. Adding and subtracting are both XOR. */
function interpolateAtZero(xs: readonly number[], ys: readonly number[]): number {
  let result = 0;
  for (const [i, x] of xs.entries()) {
    let term = ys[i] ?? 0;
    for (const [j, other] of xs.entries()) {
      if (i !== j) term = multiply(term, divide(other, other ^ x));
    }
    result ^= term;
  }
  return result;
}

function multiply(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : (powers[((logarithms[a] ?? 0) + (logarithms[b] ?? 0)) % 255] ?? 0);
}

function divide(a: number, b: number): number {
  return a === 0 ? 0 : (powers[(255 + (logarithms[a] ?? 0) - (logarithms[b] ?? 0)) % 255] ?? 0);
}

function makeTables(): { powers: Uint8Array; logarithms: Uint8Array } {
  const powersOf = new Uint8Array(255);
  const logarithmsOf = new Uint8Array(256);
  let value = 1;
  for (let exponent = 0; exponent < 255; exponent++) {
    powersOf[exponent] = value;
    logarithmsOf[value] = exponent;
    value = multiplySlowly(value, 0xe5);
  }
  return { powers: powersOf, logarithms: logarithmsOf };
}

function multiplySlowly(a: number, b: number): number {
  let product = 0;
  for (let left = a, right = b; right > 0; right >>= 1) {
    if (right & 1) product ^= left;
    left = left & 0x80 ? ((left << 1) ^ 0x11b) & 0xff : left << 1;
  }
  return product;
}
