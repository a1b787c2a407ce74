import { byteChunks } from "../formats/byte-source.ts";
import type { ByteSource } from "../formats/byte-source.ts";
import { FormatError } from "../errors.ts";
import { readNetworkJson } from "./json.ts";
import type { Network } from "./network.ts";
import { readNnet } from "./nnet.ts";
import { readOnnx } from "./onnx/read.ts";

export type NetworkFormat = "json" | "nnet" | "onnx";

export interface ReadNetworkOptions {
  /** Name of the source, for errors and to tell the format by its ending. Default "network". */
  readonly name?: string;
  /** Default: by the name's ending (.json, .nnet, .onnx, also with .gz), else by the content. */
  readonly format?: NetworkFormat;
}

/**
 * Reads a trained feed-forward network. Throws FormatError for a fault of the file, UnsupportedError for something
 * the reader does not understand (an ONNX operator, by name), ProblemError for weights that are not finite.
 */
export async function readNetwork(source: ByteSource, options: ReadNetworkOptions = {}): Promise<Network> {
  const file = options.name ?? "network";
  const bytes = await allBytes(source, file);
  const ending = /\.(json|nnet|onnx)(\.gz)?$/i.exec(file)?.[1].toLowerCase() as NetworkFormat | undefined;
  const network = await readAs(options.format ?? ending ?? detect(bytes, file), bytes, file);
  return network.name === undefined && options.name !== undefined
    ? { name: file.replace(/^.*[\\/]/, "").replace(/\.(json|nnet|onnx)(\.gz)?$/i, ""), ...network }
    : network;
}

async function readAs(format: NetworkFormat, bytes: Uint8Array, file: string): Promise<Network> {
  switch (format) {
    case "json":
      return readNetworkJson(bytes, file);
    case "nnet":
      return readNnet(new TextDecoder().decode(bytes), file);
    case "onnx":
      return readOnnx(bytes, file);
  }
}

function detect(bytes: Uint8Array, file: string): NetworkFormat {
  const start = new TextDecoder().decode(bytes.subarray(0, 200)).trimStart();
  if (start.startsWith("{")) return "json";
  if (/^(\/\/|\d+\s*[,\r\n])/.test(start)) return "nnet";
  // ModelProto begins with its version, field 1.
  if (bytes[0] === 0x08) return "onnx";
  throw new FormatError("this is neither a JSON network, nor .nnet, nor ONNX", { file });
}

async function allBytes(source: ByteSource, file: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of byteChunks(source, file)) chunks.push(chunk.slice());
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
