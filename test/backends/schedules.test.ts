import { describe, expect, it } from "vitest";
import { makeSchedule, minimaxStep, SCHEDULE_PARAMETERS } from "../../src/backends/schedules.ts";
import type { PolynomialStep, ScheduleLength } from "../../src/backends/schedules.ts";

/** Published coefficients (a, b, c), step by step. */
const TABLE: Readonly<Record<ScheduleLength, string>> = {
  5: `8.219324,-23.749936,17.367694 3.897191,-2.878762,.545564 3.162155,-2.347589,.485846
      2.191775,-1.569377,.408117 1.882424,-1.258224,.375823`,
  7: `8.299008,-23.563921,17.142443 4.134525,-2.944673,.537344 4.066892,-2.927288,.539849
      3.784248,-2.799342,.536608 2.924598,-2.166719,.465676 2.056093,-1.439184,.394366
      1.876610,-1.251788,.375179`,
  8: `8.107871,-21.995317,15.672336 4.049420,-2.749278,.490258 4.028934,-2.744395,.491002
      3.947830,-2.725527,.494223 3.658032,-2.665869,.510282 2.742081,-2.004208,.439944
      1.988907,-1.371467,.387339 1.875437,-1.250485,.375049`,
  10: `7.634245,-18.541881,12.742988 3.816686,-2.317756,.398271 3.814768,-2.317407,.398351
      3.807397,-2.316072,.398663 3.779338,-2.311048,.399882 3.676276,-2.293483,.404867
      3.345030,-2.250075,.428276 2.513804,-1.820423,.419958 1.927199,-1.306852,.380729
      1.875046,-1.250051,.375005`,
};

const LENGTHS = [5, 7, 8, 10] as const;
const value = ([a, b, c]: PolynomialStep, x: number): number => a * x + b * x ** 3 + c * x ** 5;

describe("polynomial schedules", () => {
  it.each(LENGTHS)("%i steps have the published coefficients", (length) => {
    const expected = TABLE[length].split(/\s+/).map((step) => step.split(",").map(Number));
    const schedule = makeSchedule(SCHEDULE_PARAMETERS[length]);
    expect(schedule).toHaveLength(length);
    schedule.forEach((step, i) => step.forEach((x, j) => expect(Math.abs(x - expected[i][j])).toBeLessThan(3e-6)));
  });

  it.each(LENGTHS)("%i steps take every singular value from the smallest to 1 near 1", (length) => {
    const parameters = SCHEDULE_PARAMETERS[length];
    const schedule = makeSchedule(parameters);
    let worst = 0;
    for (let i = 0; i <= 2000; i++) {
      // The safety costs a little at the low end: start where it is used up.
      let x = (1.1 * parameters.smallest) ** (i / 2000);
      for (const step of schedule) x = value(step, x);
      worst = Math.max(worst, Math.abs(x - 1));
    }
    expect(worst).toBeLessThan(length === 5 ? 0.2 : 0.1);
  });

  it.each(LENGTHS)("%i steps keep an overshoot of half a percent bounded", (length) => {
    let x = 1.005;
    for (const step of makeSchedule(SCHEDULE_PARAMETERS[length])) x = value(step, x);
    expect(Math.abs(x - 1)).toBeLessThan(0.01);
  });

  it("finds polynomials whose error levels out at four points", () => {
    for (const [low, high] of [[0.01, 1], [0.3, 1.7], [0.9, 1.1]]) {
      const p = minimaxStep(low, high);
      const error = Math.abs(1 - value(p, low));
      expect(value(p, high) - 1).toBeCloseTo(error, 9);
      let worst = 0;
      for (let i = 0; i <= 10_000; i++) worst = Math.max(worst, Math.abs(1 - value(p, low + ((high - low) * i) / 10_000)));
      expect(worst).toBeLessThanOrEqual(error * (1 + 1e-6) + 1e-12);
    }
  });
});
