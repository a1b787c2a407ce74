/// <reference types="@webgpu/types" />
import { UnsupportedError } from "../../errors.ts";
import { INSTALL_ADVICE, loadGpu } from "./gpu.ts";

/** What is known of an adapter. Strings are empty where the platform hides them. */
export interface AdapterDescription {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  /** True for CPU implementations such as lavapipe and SwiftShader. */
  readonly software: boolean;
  readonly timestamps: boolean;
  readonly subgroups: boolean;
  /** Largest storage buffer binding and buffer, bytes. */
  readonly maxBindingBytes: number;
  readonly maxBufferBytes: number;
}

/** An adapter with its description. */
export interface AdapterEntry {
  readonly adapter: GPUAdapter;
  readonly description: AdapterDescription;
}

/** One line a person can read. */
export function describeAdapter(adapter: AdapterDescription): string {
  const { vendor, architecture, device, description, software } = adapter;
  const name = description || device || [vendor, architecture].filter(Boolean).join(" ") || "unnamed adapter";
  return software ? `${name} (software)` : name;
}

/** A key for caches of what was measured on an adapter. */
export function adapterKey(adapter: AdapterDescription): string {
  return [adapter.vendor, adapter.architecture, adapter.device, adapter.description].join("|");
}

/**
 * The distinct adapters that the platform offers, the fastest first. WebGPU has no listing: this asks with each
 * preference and drops repetitions. Empty when there is no WebGPU.
 */
export async function listAdapters(): Promise<AdapterEntry[]> {
  const source = await loadGpu();
  if (source === undefined) return [];
  const preferences: GPURequestAdapterOptions[] = [
    { powerPreference: "high-performance" },
    { powerPreference: "low-power" },
    { forceFallbackAdapter: true },
  ];
  const found = new Map<string, AdapterEntry>();
  for (const preference of preferences) {
    const adapter = await source.gpu.requestAdapter(preference);
    if (adapter === null) continue;
    const description = describe(adapter);
    const key = adapterKey(description);
    if (!found.has(key)) found.set(key, { adapter, description });
  }
  return [...found.values()];
}

/**
 * The adapter whose name holds `name` (case does not matter), or the fastest. Throws {@link UnsupportedError} that
 * says what to install, or which adapters there are.
 */
export async function chooseAdapter(name?: string): Promise<AdapterEntry> {
  const adapters = await listAdapters();
  const wanted = name?.toLowerCase();
  const match = adapters.find(
    ({ description }) => wanted === undefined || adapterKey(description).toLowerCase().includes(wanted),
  );
  if (match !== undefined) return match;
  if (adapters.length === 0) throw new UnsupportedError(`No WebGPU adapter was found. ${INSTALL_ADVICE}`);
  const names = adapters.map(({ description }) => describeAdapter(description)).join("; ");
  throw new UnsupportedError(`No WebGPU adapter is called "${name}". There are: ${names}.`, { value: name });
}

function describe(adapter: GPUAdapter): AdapterDescription {
  const { info, limits, features } = adapter;
  const all = `${info.vendor} ${info.device} ${info.description}`;
  return {
    vendor: info.vendor,
    architecture: info.architecture,
    device: info.device,
    description: info.description,
    software: info.isFallbackAdapter === true || /llvmpipe|lavapipe|swiftshader/i.test(all),
    timestamps: features.has("timestamp-query"),
    subgroups: features.has("subgroups" as GPUFeatureName),
    maxBindingBytes: limits.maxStorageBufferBindingSize,
    maxBufferBytes: limits.maxBufferSize,
  };
}
