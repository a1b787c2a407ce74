import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DeviceMemoryError } from "../../../../src/backends/webgpu/errors.ts";
import { PanelLayout } from "../../../../src/backends/webgpu/psd/panels.ts";

const MIB = 2 ** 20;

describe("panels of a matrix", () => {
  it("are as few as fit, begin where bindings may, and cover every row once", () => {
    const orders = fc.integer({ min: 1, max: 40_000 });
    const limits = fc.integer({ min: 11 * MIB, max: 256 * MIB });
    fc.assert(
      fc.property(orders, limits, (order, maxBytes) => {
        const layout = new PanelLayout(order, maxBytes);
        let next = 0;
        for (let panel = 0; panel < layout.count; panel++) {
          expect(layout.row(panel)).toBe(next);
          expect(layout.row(panel) % 64).toBe(0);
          expect(layout.rows(panel)).toBeGreaterThan(0);
          expect(layout.rows(panel) % 4).toBe(0);
          expect(4 * layout.rows(panel) * layout.order).toBeLessThanOrEqual(maxBytes);
          next += layout.rows(panel);
        }
        expect(next).toBe(4 * Math.ceil(order / 4));
        // No more than the bytes ask for, but for heights being multiples of 64.
        const most = 64 * Math.floor(maxBytes / (256 * layout.order));
        expect(layout.count).toBe(Math.ceil(layout.order / most));
      }),
      { seed: 17, numRuns: 100 },
    );
  });

  it("of the orders around one binding of 128 MiB", () => {
    expect(new PanelLayout(5792, 128 * MIB).count).toBe(2); // 5792 rows are no multiple of 64
    expect(new PanelLayout(5760, 128 * MIB).count).toBe(1);
    expect(new PanelLayout(8190, 128 * MIB).count).toBe(2); // 4096 rows of 8192 floats fill one binding
    expect(new PanelLayout(8193, 128 * MIB).count).toBe(3);
  });

  it("refuses orders of which 64 rows exceed a binding", () => {
    expect(() => new PanelLayout(600_000, 128 * MIB)).toThrow(DeviceMemoryError);
  });
});
