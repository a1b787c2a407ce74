/** A seeded generator of uniform numbers in [0, 1): xorshift32 with a Weyl sequence, period beyond 2³². */
export function seededRandom(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  let weyl = 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    weyl = (weyl + 0x61c88647) | 0;
    return ((state + weyl) >>> 0) / 4294967296;
  };
}

/** A random order of 0 … count − 1 (Fisher and Yates). */
export function shuffledIndices(count: number, random: () => number): number[] {
  const order = Array.from({ length: count }, (_, k) => k);
  for (let k = count - 1; k > 0; k--) {
    const other = Math.floor(random() * (k + 1));
    [order[k], order[other]] = [order[other], order[k]];
  }
  return order;
}

/** Standard normal numbers (Box and Muller). */
export function fillNormal(values: Float64Array, random: () => number): Float64Array {
  for (let k = 0; k < values.length; k += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    values[k] = radius * Math.cos(angle);
    if (k + 1 < values.length) values[k + 1] = radius * Math.sin(angle);
  }
  return values;
}
