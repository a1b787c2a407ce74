import { seededRandom } from "./random.ts";

/**
 * Lyapunov's inequality for ẋ = Ax as SDPA text: min tr P over P ⪰ I, −AᵀP − PA ⪰ I. It has a solution just when the
 * system is stable. A is a chain of damped masses, made unstable by pushing the last one where `push` > 0.
 */
export function lyapunovProblem(masses: number, push: number, title: string): string {
  const n = 2 * masses;
  const A = chain(masses, push);
  const pairs: [number, number][] = [];
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) pairs.push([i, j]);
  const costs = pairs.map(([i, j]) => (i === j ? "1" : "0"));
  const lines = [`"${title}"`, String(pairs.length), "2", `${n} ${n}`, costs.join(" ")];
  for (const block of [1, 2]) for (let i = 1; i <= n; i++) lines.push(`0 ${block} ${i} ${i} 1`);
  pairs.forEach(([i, j], k) => {
    lines.push(`${k + 1} 1 ${i + 1} ${j + 1} 1`);
    // −(AᵀE + EA) of the symmetric unit matrix E of this pair.
    for (let r = 0; r < n; r++) {
      for (let c = r; c < n; c++) {
        const value = -(product(A, n, i, j, r, c) + product(A, n, i, j, c, r));
        if (value !== 0) lines.push(`${k + 1} 2 ${r + 1} ${c + 1} ${value}`);
      }
    }
  });
  return `${lines.join("\n")}\n`;
}

/** Entry (r, c) of EA, where E has ones at (i, j) and (j, i). */
function product(A: Float64Array, n: number, i: number, j: number, r: number, c: number): number {
  if (r === i && i === j) return A[i * n + c];
  return (r === i ? A[j * n + c] : 0) + (r === j ? A[i * n + c] : 0);
}

/** State matrix of masses on springs: positions, then speeds. */
function chain(masses: number, push: number): Float64Array {
  const n = 2 * masses;
  const A = new Float64Array(n * n);
  for (let k = 0; k < masses; k++) {
    A[k * n + masses + k] = 1;
    A[(masses + k) * n + k] = -2;
    if (k > 0) A[(masses + k) * n + k - 1] = 1;
    if (k + 1 < masses) A[(masses + k) * n + k + 1] = 1;
    A[(masses + k) * n + masses + k] = k === masses - 1 ? push - 0.5 : -0.5;
  }
  return A;
}

/** The smallest ball around random points of the plane as CBF text, with second-order cones (radius, point − centre). */
export function ballProblem(points: number, seed: number): string {
  const random = seededRandom(seed);
  const lines = ["VER", "3", "", "OBJSENSE", "MIN", "", "VAR", "3 1", "F 3", "", "CON", `${3 * points} ${points}`];
  for (let k = 0; k < points; k++) lines.push("Q 3");
  lines.push("", "OBJACOORD", "1", "0 1", "", "ACOORD", String(3 * points));
  for (let k = 0; k < points; k++) lines.push(`${3 * k} 0 1`, `${3 * k + 1} 1 -1`, `${3 * k + 2} 2 -1`);
  lines.push("", "BCOORD", String(2 * points));
  for (let k = 0; k < points; k++) {
    const [angle, radius] = [2 * Math.PI * random(), 3 * Math.sqrt(random())];
    lines.push(`${3 * k + 1} ${(1 + radius * Math.cos(angle)).toFixed(6)}`, `${3 * k + 2} ${(2 + radius * Math.sin(angle)).toFixed(6)}`);
  }
  return `${lines.join("\n")}\n`;
}

/** The cheapest way to carry goods from plants to markets as MPS text; costs grow with distance. */
export function transportProblem(): string {
  const plants = [["Seattle", 350], ["Denver", 420], ["Atlanta", 380]] as const;
  const markets = [["Boston", 260], ["Chicago", 310], ["Dallas", 280], ["Reno", 190]] as const;
  const costs = [
    [3.05, 2.04, 2.1, 0.71],
    [1.97, 1.0, 0.78, 1.04],
    [1.08, 0.72, 0.78, 2.39],
  ];
  const lines = ["NAME          TRANSPORT", "ROWS", " N  cost"];
  for (const [name] of plants) lines.push(` L  ${name}`);
  for (const [name] of markets) lines.push(` G  ${name}`);
  lines.push("COLUMNS");
  costs.forEach((row, i) =>
    row.forEach((cost, j) => lines.push(`    x${i}${j}  cost  ${cost}  ${plants[i][0]}  1`, `    x${i}${j}  ${markets[j][0]}  1`)),
  );
  lines.push("RHS");
  for (const [name, amount] of [...plants, ...markets]) lines.push(`    rhs  ${name}  ${amount}`);
  lines.push("ENDATA");
  return `${lines.join("\n")}\n`;
}
