import { Polynomial } from "../../src/moment/index.ts";

/** Σ ((3 − 2xᵢ)xᵢ − xᵢ₋₁ − 2xᵢ₊₁ + 1)². */
export function broydenTridiagonal(x: readonly Polynomial[]): Polynomial {
  const n = x.length;
  return sumOf(
    x.map((xi, i) => {
      let p = xi.times(3).minus(xi.power(2).times(2)).plus(1);
      if (i > 0) p = p.minus(x[i - 1]);
      if (i < n - 1) p = p.minus(x[i + 1].times(2));
      return p.power(2);
    }),
  );
}

/** Σ over even i of (xᵢ + 10xᵢ₊₁)² + 5(xᵢ₊₂ − xᵢ₊₃)² + (xᵢ₊₁ − 2xᵢ₊₂)⁴ + 10(xᵢ − 10xᵢ₊₃)⁴. */
export function chainedSingular(x: readonly Polynomial[]): Polynomial {
  const n = x.length;
  const parts: Polynomial[] = [];
  for (let i = 0; i + 3 < n; i += 2) {
    parts.push(
      x[i].plus(x[i + 1].times(10)).power(2),
      x[i + 2]
        .minus(x[i + 3])
        .power(2)
        .times(5),
      x[i + 1].minus(x[i + 2].times(2)).power(4),
      x[i]
        .minus(x[i + 3].times(10))
        .power(4)
        .times(10),
    );
  }
  return sumOf(parts);
}

function sumOf(parts: readonly Polynomial[]): Polynomial {
  return Polynomial.fromTerms(parts.flatMap((p) => p.terms));
}
