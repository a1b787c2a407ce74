import { normalQuantile } from "./random.ts";
import type { Random } from "./random.ts";

/** The five spectra of the projection's error table. */
export type Spectrum = "GOE" | "logUniform" | "lowRank" | "outlier" | "thirdNull";

export const SPECTRA: readonly Spectrum[] = ["GOE", "logUniform", "lowRank", "outlier", "thirdNull"];

/** Published errors ‖P̂ − P‖_F/‖X‖_F by number of steps. */
export const PUBLISHED_ERRORS = {
  5: { GOE: 1.4e-4, logUniform: 6e-4, lowRank: 5.2e-4, outlier: 4.7e-3, thirdNull: 1.3e-4 },
  7: { GOE: 1.3e-5, logUniform: 4.2e-5, lowRank: 2.3e-5, outlier: 1.4e-4, thirdNull: 1.3e-5 },
  8: { GOE: 2e-6, logUniform: 1.1e-5, lowRank: 2e-6, outlier: 2.5e-5, thirdNull: 2.1e-6 },
  10: { GOE: 4.1e-7, logUniform: 1.3e-6, lowRank: 5e-7, outlier: 6e-7, thirdNull: 6.7e-7 },
} as const satisfies Readonly<Record<number, Readonly<Record<Spectrum, number>>>>;

/** Eigenvalues of a spectrum; GOE comes from its matrix instead. */
export function eigenvalues(spectrum: Exclude<Spectrum, "GOE">, n: number, random: Random): Float64Array {
  const sign = (): number => (random.uniform() < 0.5 ? -1 : 1);
  return Float64Array.from({ length: n }, (_, i) => {
    switch (spectrum) {
      case "logUniform":
        return sign() * 10 ** ((-8 * (i + 0.5)) / n);
      case "lowRank":
        return i < n / 4 ? 0.5 + random.uniform() : sign() * 1e-3;
      case "outlier":
        return i === 0 ? 1 : 1e-3 * normalQuantile((i - 0.5) / (n - 1));
      case "thirdNull":
        return i < n / 3 ? 0 : normalQuantile((i + 0.5 - Math.ceil(n / 3)) / (n - Math.ceil(n / 3)));
    }
  });
}
