import { SettingsError } from "../errors.ts";
import type { Activation } from "./activation.ts";
import { polynomial } from "./polynomial-activation.ts";
import { erf, erfc } from "./special-functions.ts";

const INV_SQRT_2PI = 1 / Math.sqrt(2 * Math.PI);

/** Functions that are one thing on the whole line: convex or concave, S-shaped, monotone. */
const everywhereConvex = { inflections: [], firstCurvature: 1, turningPoints: [] } as const;
const convexThenConcave = { inflections: [0], firstCurvature: 1, turningPoints: [] } as const;

export const identity: Activation = {
  name: "identity",
  value: (z) => z,
  derivative: () => 1,
  second: () => 0,
  ...everywhereConvex,
  linearBetween: [],
};

export const relu: Activation = {
  name: "relu",
  value: (z) => (z > 0 ? z : 0),
  derivative: (z) => (z >= 0 ? 1 : 0),
  leftDerivative: (z) => (z > 0 ? 1 : 0),
  second: () => 0,
  ...everywhereConvex,
  linearBetween: [0],
};

/** z for z ≥ 0, slope·z below. Default slope 0.01. */
export function leakyRelu(slope = 0.01): Activation {
  requireFinite("leaky_relu", "slope", slope);
  return {
    name: "leaky_relu",
    parameters: { slope },
    value: (z) => (z > 0 ? z : slope * z),
    derivative: (z) => (z >= 0 ? 1 : slope),
    leftDerivative: (z) => (z > 0 ? 1 : slope),
    second: () => 0,
    inflections: [],
    firstCurvature: slope <= 1 ? 1 : -1,
    turningPoints: slope < 0 ? [0] : [],
    linearBetween: [0],
  };
}

/** 1/(1 + e⁻ᶻ), without overflow. */
function logistic(z: number): number {
  const e = Math.exp(-Math.abs(z));
  return z >= 0 ? 1 / (1 + e) : e / (1 + e);
}

function logisticSlope(z: number): number {
  const e = Math.exp(-Math.abs(z));
  return e / ((1 + e) * (1 + e));
}

export const softplus: Activation = {
  name: "softplus",
  value: (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))),
  derivative: logistic,
  second: logisticSlope,
  ...everywhereConvex,
};

/** z for z ≥ 0, alpha·(eᶻ − 1) below, alpha > 0. Default alpha 1. */
export function elu(alpha = 1): Activation {
  requireFinite("elu", "alpha", alpha);
  if (alpha <= 0) throw new SettingsError(`elu: alpha must be positive, but is ${alpha}`, { field: "alpha", value: alpha });
  return {
    name: "elu",
    parameters: { alpha },
    value: (z) => (z > 0 ? z : alpha * Math.expm1(z)),
    derivative: (z) => (z >= 0 ? 1 : alpha * Math.exp(z)),
    leftDerivative: (z) => (z > 0 ? 1 : alpha * Math.exp(z)),
    second: (z) => (z >= 0 ? 0 : alpha * Math.exp(z)),
    // With alpha > 1 the slope drops at 0.
    inflections: alpha > 1 ? [0] : [],
    firstCurvature: 1,
    turningPoints: [],
  };
}

export const sigmoid: Activation = {
  name: "sigmoid",
  value: logistic,
  derivative: logisticSlope,
  second: (z) => -logisticSlope(z) * Math.tanh(z / 2),
  ...convexThenConcave,
};

function sech2(z: number): number {
  const e = Math.exp(-2 * Math.abs(z));
  return (4 * e) / ((1 + e) * (1 + e));
}

export const tanh: Activation = {
  name: "tanh",
  value: Math.tanh,
  derivative: sech2,
  second: (z) => -2 * Math.tanh(z) * sech2(z),
  ...convexThenConcave,
};

export const arctan: Activation = {
  name: "arctan",
  value: Math.atan,
  derivative: (z) => 1 / (1 + z * z),
  second: (z) => (-2 * z) / ((1 + z * z) * (1 + z * z)),
  ...convexThenConcave,
};

export const softsign: Activation = {
  name: "softsign",
  value: (z) => z / (1 + Math.abs(z)),
  derivative: (z) => 1 / ((1 + Math.abs(z)) * (1 + Math.abs(z))),
  second: (z) => (-2 * Math.sign(z)) / (1 + Math.abs(z)) ** 3,
  ...convexThenConcave,
};

const erfSlope = (z: number): number => (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z);

export const errorFunction: Activation = {
  name: "erf",
  value: erf,
  derivative: erfSlope,
  second: (z) => -2 * z * erfSlope(z),
  ...convexThenConcave,
};

export const exponential: Activation = {
  name: "exp",
  value: Math.exp,
  derivative: Math.exp,
  second: Math.exp,
  ...everywhereConvex,
};

/** z·logistic(z). Concave, convex between ±2.39936 (z·tanh(z/2) = 2), concave. */
export const silu: Activation = {
  name: "silu",
  value: (z) => z * logistic(z),
  derivative: (z) => logistic(z) + z * logisticSlope(z),
  second: (z) => logisticSlope(z) * (2 - z * Math.tanh(z / 2)),
  inflections: [-2.3993572805154676, 2.3993572805154676],
  firstCurvature: -1,
  turningPoints: [-1.2784645427610738],
};

const normalDensity = (z: number): number => INV_SQRT_2PI * Math.exp((-z * z) / 2);
const normalCdf = (z: number): number => 0.5 * erfc(-z / Math.SQRT2);

/** z·Φ(z) with the normal distribution function Φ. Convex between ±√2, concave outside. */
export const gelu: Activation = {
  name: "gelu",
  value: (z) => z * normalCdf(z),
  derivative: (z) => normalCdf(z) + z * normalDensity(z),
  second: (z) => normalDensity(z) * (2 - z * z),
  inflections: [-Math.SQRT2, Math.SQRT2],
  firstCurvature: -1,
  turningPoints: [-0.7517915246935645],
};

/** min(max(z, low), high): relu6, hard tanh. */
export function clip(low: number, high: number): Activation {
  requireFinite("clip", "low", low);
  requireFinite("clip", "high", high);
  if (low >= high) throw new SettingsError(`clip: low must be below high, but they are ${low} and ${high}`, { field: "low" });
  return {
    name: "clip",
    parameters: { low, high },
    value: (z) => Math.min(Math.max(z, low), high),
    derivative: (z) => (z >= low && z < high ? 1 : 0),
    leftDerivative: (z) => (z > low && z <= high ? 1 : 0),
    second: () => 0,
    inflections: [(low + high) / 2],
    firstCurvature: 1,
    turningPoints: [],
    linearBetween: [low, high],
  };
}

function requireFinite(name: string, field: string, value: number): void {
  if (!Number.isFinite(value)) throw new SettingsError(`${name}: ${field} must be finite, but is ${value}`, { field, value });
}

export type Parameters = Readonly<Record<string, number | readonly number[]>>;

const plain = (activation: Activation) => (): Activation => activation;
const scalar = (parameters: Parameters, name: string, standard: number): number => {
  const value = parameters[name] ?? standard;
  if (typeof value !== "number") throw new SettingsError(`${name} must be a number`, { field: name, value });
  return value;
};

/** Every activation by its names. */
const registry: Readonly<Record<string, (parameters: Parameters) => Activation>> = {
  identity: plain(identity),
  linear: plain(identity),
  relu: plain(relu),
  leaky_relu: (p) => leakyRelu(scalar(p, "slope", 0.01)),
  softplus: plain(softplus),
  elu: (p) => elu(scalar(p, "alpha", 1)),
  sigmoid: plain(sigmoid),
  tanh: plain(tanh),
  arctan: plain(arctan),
  atan: plain(arctan),
  softsign: plain(softsign),
  erf: plain(errorFunction),
  exp: plain(exponential),
  silu: plain(silu),
  swish: plain(silu),
  gelu: plain(gelu),
  clip: (p) => clip(scalar(p, "low", 0), scalar(p, "high", 6)),
  relu6: () => clip(0, 6),
  polynomial: ({ coefficients }) => {
    if (!Array.isArray(coefficients)) {
      throw new SettingsError('polynomial needs "coefficients", constant first', { field: "coefficients" });
    }
    return polynomial(coefficients as readonly number[]);
  },
};

/** The names {@link activationByName} knows. */
export const activationNames: readonly string[] = Object.keys(registry);

/**
 * An activation by name, e.g. `activationByName("leaky_relu", { slope: 0.1 })`.
 * @throws SettingsError for an unknown name or parameter out of range
 */
export function activationByName(name: string, parameters: Parameters = {}): Activation {
  const make = Object.hasOwn(registry, name) ? registry[name] : undefined;
  if (make === undefined) {
    throw new SettingsError(`unknown activation "${name}"; known are ${activationNames.join(", ")}`, {
      field: "activation",
      value: name,
    });
  }
  return make(parameters);
}
