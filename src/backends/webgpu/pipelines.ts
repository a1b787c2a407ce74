/// <reference types="@webgpu/types" />
import { ShaderError } from "./errors.ts";
import type { Kernel } from "./kernel.ts";

/** Compiled pipelines by source, entry point and constants; modules by source. */
export class PipelineCache {
  private readonly device: GPUDevice;
  private readonly modules = new Map<string, Promise<GPUShaderModule>>();
  private readonly pending = new Map<string, Promise<void>>();
  private readonly ready = new Map<string, GPUComputePipeline>();
  private readonly keys = new WeakMap<Kernel, string>();

  constructor(device: GPUDevice) {
    this.device = device;
  }

  /** Compiles what is not compiled yet. Throws {@link ShaderError} with the faulty lines. */
  async compile(kernels: readonly Kernel[]): Promise<void> {
    await Promise.all(
      kernels.map((kernel) => {
        const key = this.key(kernel);
        let work = this.pending.get(key);
        if (work === undefined) {
          work = this.build(kernel, key);
          this.pending.set(key, work);
        }
        return work;
      }),
    );
  }

  /** The pipeline of a kernel that {@link compile} has finished. */
  get(kernel: Kernel): GPUComputePipeline {
    const pipeline = this.ready.get(this.key(kernel));
    if (pipeline === undefined) throw new ShaderError(`Kernel "${kernel.name}" was dispatched before it was compiled.`);
    return pipeline;
  }

  private key(kernel: Kernel): string {
    let key = this.keys.get(kernel);
    if (key === undefined) {
      key = JSON.stringify([kernel.entry ?? kernel.name, kernel.constants ?? {}, kernel.source]);
      this.keys.set(kernel, key);
    }
    return key;
  }

  private async build(kernel: Kernel, key: string): Promise<void> {
    let compiled = this.modules.get(kernel.source);
    if (compiled === undefined) {
      compiled = this.module(kernel);
      this.modules.set(kernel.source, compiled);
    }
    const module = await compiled;
    try {
      const pipeline = await this.device.createComputePipelineAsync({
        label: kernel.name,
        layout: "auto",
        compute: { module, entryPoint: kernel.entry ?? kernel.name, constants: { ...kernel.constants } },
      });
      this.ready.set(key, pipeline);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ShaderError(`Kernel "${kernel.name}" gives no pipeline: ${reason}`, {}, { cause: error });
    }
  }

  private async module(kernel: Kernel): Promise<GPUShaderModule> {
    this.device.pushErrorScope("validation");
    const module = this.device.createShaderModule({ code: kernel.source, label: kernel.name });
    const scope = this.device.popErrorScope();
    const info = await module.getCompilationInfo();
    const failure = await scope;
    const errors = info.messages.filter((message) => message.type === "error");
    if (errors.length === 0 && failure === null) return module;
    throw shaderError(kernel, errors, failure?.message);
  }
}

function shaderError(kernel: Kernel, errors: readonly GPUCompilationMessage[], otherwise?: string): ShaderError {
  const lines = kernel.source.split("\n");
  const shown = errors.map(({ lineNum, linePos, message }) => {
    const place = `${kernel.name}.wgsl:${lineNum}:${linePos}: ${message}`;
    const line = lines[lineNum - 1];
    return line === undefined ? place : `${place}\n  ${line}\n  ${" ".repeat(Math.max(0, linePos - 1))}^`;
  });
  const text = shown.length > 0 ? shown.join("\n") : (otherwise ?? "unknown reason");
  const first = errors[0];
  return new ShaderError(
    `Shader "${kernel.name}" does not compile:\n${text}`,
    first === undefined ? {} : { file: `${kernel.name}.wgsl`, line: first.lineNum, column: first.linePos },
  );
}
