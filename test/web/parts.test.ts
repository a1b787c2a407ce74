import { describe, expect, it } from "vitest";
import { FormatError, SettingsError, SpectrahedronError, UnsupportedError } from "../../src/errors.ts";
import { chooseBackend, countThreads } from "../../src/web/api/choose.ts";
import type { Platform } from "../../src/web/api/choose.ts";
import { fromPortable, toPortable } from "../../src/web/api/portable-error.ts";
import { Batcher } from "../../src/web/api/throttle.ts";
import { pack } from "../../src/web/api/transfer.ts";

describe("the choice of a backend", () => {
  const bare: Platform = { crossOriginIsolated: false, processors: 8 };
  const isolated: Platform = { crossOriginIsolated: true, processors: 8 };
  const gpu = { adapter: "Card", software: false };
  const card = { renderer: "Card", software: false };

  it.each<[string, Platform, string]>([
    ["a GPU", { ...isolated, webgpu: gpu, webgl: card }, "webgpu"],
    ["a software adapter before threads", { ...isolated, webgpu: { ...gpu, software: true } }, "wasm-threads"],
    ["a software adapter beside a WebGL card", { ...isolated, webgpu: { ...gpu, software: true }, webgl: card }, "webgl"],
    ["WebGL alone", { ...bare, webgl: card }, "webgl"],
    ["software only", { ...isolated, webgl: { ...card, software: true } }, "wasm-threads"],
    ["nothing, isolated", isolated, "wasm-threads"],
    ["nothing, not isolated", bare, "wasm"],
  ])("%s", (_, platform, chosen) => {
    const capabilities = chooseBackend(platform, "auto", countThreads(platform, undefined));
    expect(capabilities.chosen).toBe(chosen);
    expect(capabilities.explanation).toMatch(/\.$/);
  });

  it("says why", () => {
    const platform = { ...bare, webgpu: { adapter: "SwiftShader", software: true } };
    expect(chooseBackend(platform, "auto", 1).explanation).toBe(
      "WebAssembly with one thread (the page is not cross-origin isolated, so threads cannot share memory): " +
        "the WebGPU adapter SwiftShader is software, slower than WebAssembly, no WebGL2.",
    );
  });

  it("counts threads", () => {
    expect(countThreads(isolated, undefined)).toBe(4);
    expect(countThreads({ ...isolated, processors: 2 }, undefined)).toBe(2);
    expect(countThreads(isolated, 6)).toBe(6);
    expect(countThreads(bare, 6)).toBe(1);
    expect(countThreads({ ...isolated, noThreads: "forbidden" }, 6)).toBe(1);
  });

  it("refuses what is not there", () => {
    expect(() => chooseBackend(bare, "webgpu", 1)).toThrow(UnsupportedError);
    expect(() => chooseBackend(bare, "webgl", 1)).toThrow(UnsupportedError);
    expect(chooseBackend({ ...isolated, webgpu: gpu }, "cpu", 2).chosen).toBe("wasm-threads");
  });
});

describe("errors between threads", () => {
  const across = (thrown: unknown): Error => fromPortable(structuredClone(toPortable(thrown)));

  it("keep class, message, location and cause", () => {
    const cause = new RangeError("inner");
    const error = new FormatError("no number", { file: "a.csv", line: 3, column: 7 }, { cause });
    const copy = across(error);
    expect(copy).toBeInstanceOf(FormatError);
    expect(copy.message).toBe(error.message);
    expect(copy.name).toBe("FormatError");
    expect((copy as FormatError).location).toEqual(error.location);
    expect(copy.cause).toBeInstanceOf(RangeError);
  });

  it("of unknown classes are the nearest base", () => {
    class OddError extends SpectrahedronError {}
    const copy = across(new OddError("odd"));
    expect(copy).toBeInstanceOf(SpectrahedronError);
    expect(copy.name).toBe("OddError");
    expect(across("text").message).toBe("text");
  });

  it("carry values that cannot be cloned as text", () => {
    const copy = across(new SettingsError("no", { field: "f", value: () => 1 }));
    expect((copy as SettingsError).location).toEqual({ field: "f", value: "() => 1" });
  });
});

describe("packing", () => {
  it("cuts views out of their buffers and moves only what fits", () => {
    const large = new Float64Array(1000);
    const view = large.subarray(10, 13).fill(7);
    const own = Float32Array.of(1, 2);
    const shared = new Int32Array(new SharedArrayBuffer(8));
    const { value, transfer } = pack({ view, own, twice: [own, own], shared, text: "t", none: undefined }, true);
    expect(value.view).toEqual(Float64Array.of(7, 7, 7));
    expect(value.view.buffer.byteLength).toBe(24);
    expect(value.own).toBe(own);
    expect(value.twice[0]).toBe(value.twice[1]);
    expect(value.shared.buffer).toBeInstanceOf(ArrayBuffer);
    expect(transfer).toHaveLength(3);
    const clone = structuredClone(value, { transfer });
    expect(clone.view).toEqual(Float64Array.of(7, 7, 7));
    expect(own.length).toBe(0);
    expect(large.length).toBe(1000);
  });

  it("copies everything otherwise", () => {
    const own = Float32Array.of(1, 2);
    const { value, transfer } = pack({ own }, false);
    structuredClone(value, { transfer });
    expect(own).toEqual(Float32Array.of(1, 2));
  });
});

describe("batches", () => {
  it("lose nothing, and send no more often than the interval", () => {
    const sent: number[][] = [];
    const batch = new Batcher<number>((items) => sent.push(items), false, 1e6);
    for (let i = 0; i < 5; i++) batch.add(i);
    batch.flush();
    expect(sent).toEqual([[0], [1, 2, 3, 4]]);
  });

  it("keep the latest only where that is enough", () => {
    const sent: number[][] = [];
    const batch = new Batcher<number>((items) => sent.push(items), true, 1e6);
    for (let i = 0; i < 5; i++) batch.add(i);
    batch.flush();
    batch.flush();
    expect(sent).toEqual([[0], [4]]);
  });
});
