/** min 48x₁ − 8x₂ + 20x₃ over 2×2 matrices; optimal value −41.9. */
export const SMALL_SDP = `"a small semidefinite program"
3 = variables
1 = blocks
2
48 -8 20
0 1 1 1 -11
0 1 2 2 23
1 1 1 1 10
1 1 1 2 4
2 1 2 2 -8
3 1 1 2 -8
3 1 2 2 -2
`;

/** x ≥ 1 and −x ≥ 0: no point. */
export const INFEASIBLE = `1
1
-2
1
0 1 1 1 1
1 1 1 1 1
1 1 2 2 -1
`;

/** min −x over x ≥ 0: unbounded. */
export const UNBOUNDED = `1
1
-1
-1
1 1 1 1 1
`;

/**
 * The max-cut relaxation of a dense graph with fractional weights: min Σxᵢ, Diag(x) − W ⪰ 0. Large orders keep the
 * splitting busy for as long as a test needs.
 */
export function maxCut(order: number): string {
  const lines = [String(order), "1", String(order), Array.from({ length: order }, () => "1").join(" ")];
  let state = 12345;
  for (let i = 1; i <= order; i++) {
    for (let j = i; j <= order; j++) {
      state = (state * 1103515245 + 12345) % 2147483648;
      lines.push(`0 1 ${i} ${j} ${state / 2147483648 - 0.5}`);
    }
  }
  for (let i = 1; i <= order; i++) lines.push(`${i} 1 ${i} ${i} 1`);
  return `${lines.join("\n")}\n`;
}
