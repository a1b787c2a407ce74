/** Losses φ(u, y) of one prediction, each with what the splitting and the certified bound need of it. */
export interface Loss {
  readonly name: LossName;
  /** Targets must be −1 or +1. */
  readonly labelsOnly: boolean;
  /** δ of the Huber loss; 0 for the others. */
  readonly corner: number;
  /** φ(u, y) ≥ 0. */
  value(u: number, y: number): number;
  /** A subgradient of φ(·, y) at u. */
  slope(u: number, y: number): number;
  /** argmin_u φ(u, y) + (u − t)²/(2τ), τ > 0. */
  prox(t: number, y: number, tau: number): number;
  /** inf_u φ(u, y) + νu = −φ*(−ν, y); −∞ outside the domain, which always holds 0. */
  dual(nu: number, y: number): number;
  /** The multiplier of the dual's domain nearest to ν. */
  clip(nu: number, y: number): number;
  /** Largest t with tν in the domain of the dual. */
  reach(nu: number, y: number): number;
}

export type LossName = "squared" | "absolute" | "hinge" | "logistic" | "huber";
export const lossNames: readonly LossName[] = ["squared", "absolute", "hinge", "logistic", "huber"];

/** (u − y)². */
const squared: Loss = {
  name: "squared",
  labelsOnly: false,
  corner: 0,
  value: (u, y) => (u - y) ** 2,
  slope: (u, y) => 2 * (u - y),
  prox: (t, y, tau) => (t + 2 * tau * y) / (1 + 2 * tau),
  dual: (nu, y) => nu * y - (nu * nu) / 4,
  clip: (nu) => nu,
  reach: () => Infinity,
};

/** |u − y|. */
const absolute: Loss = {
  name: "absolute",
  labelsOnly: false,
  corner: 0,
  value: (u, y) => Math.abs(u - y),
  slope: (u, y) => Math.sign(u - y),
  prox: (t, y, tau) => y + Math.sign(t - y) * Math.max(0, Math.abs(t - y) - tau),
  dual: (nu, y) => (Math.abs(nu) <= 1 ? nu * y : -Infinity),
  clip: (nu) => Math.max(-1, Math.min(1, nu)),
  reach: (nu) => 1 / Math.abs(nu),
};

/** max(0, 1 − yu), y = ±1. */
const hinge: Loss = {
  name: "hinge",
  labelsOnly: true,
  corner: 0,
  value: (u, y) => Math.max(0, 1 - y * u),
  slope: (u, y) => (y * u < 1 ? -y : 0),
  prox: (t, y, tau) => {
    const margin = y * t;
    if (margin >= 1) return t;
    return margin + tau <= 1 ? t + tau * y : y;
  },
  dual: (nu, y) => (nu * y >= 0 && nu * y <= 1 ? nu * y : -Infinity),
  clip: (nu, y) => y * Math.max(0, Math.min(1, nu * y)),
  reach: (nu, y) => labelReach(nu * y),
};

/** log(1 + e^{−yu}), y = ±1. */
const logistic: Loss = {
  name: "logistic",
  labelsOnly: true,
  corner: 0,
  value: (u, y) => softplus(-y * u),
  slope: (u, y) => -y * sigmoid(-y * u),
  prox: (t, y, tau) => y * logisticProx(y * t, tau),
  dual: (nu, y) => {
    const s = nu * y;
    return s >= 0 && s <= 1 ? -(xlogx(s) + xlogx(1 - s)) : -Infinity;
  },
  clip: (nu, y) => y * Math.max(0, Math.min(1, nu * y)),
  reach: (nu, y) => labelReach(nu * y),
};

/** ½r² for |r| ≤ δ, δ|r| − ½δ² beyond; r = u − y. */
export function huberLoss(delta: number): Loss {
  return {
    name: "huber",
    labelsOnly: false,
    corner: delta,
    value: (u, y) => {
      const r = Math.abs(u - y);
      return r <= delta ? 0.5 * r * r : delta * (r - 0.5 * delta);
    },
    slope: (u, y) => Math.max(-delta, Math.min(delta, u - y)),
    prox: (t, y, tau) => {
      const r = t - y;
      return Math.abs(r) <= delta * (1 + tau) ? y + r / (1 + tau) : t - Math.sign(r) * delta * tau;
    },
    dual: (nu, y) => (Math.abs(nu) <= delta ? nu * y - 0.5 * nu * nu : -Infinity),
    clip: (nu) => Math.max(-delta, Math.min(delta, nu)),
    reach: (nu) => delta / Math.abs(nu),
  };
}

/** The loss of that name; `delta` is the corner of the Huber loss. */
export function lossByName(name: LossName, delta = 1): Loss {
  switch (name) {
    case "squared":
      return squared;
    case "absolute":
      return absolute;
    case "hinge":
      return hinge;
    case "logistic":
      return logistic;
    case "huber":
      return huberLoss(delta);
  }
}

/** Σᵢ φ(uᵢ, yᵢ). */
export function totalLoss(loss: Loss, u: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < u.length; i++) sum += loss.value(u[i], y[i]);
  return sum;
}

/** Largest t with t·s in [0, 1]. */
function labelReach(s: number): number {
  return s > 0 ? 1 / s : s < 0 ? 0 : Infinity;
}

function sigmoid(t: number): number {
  return t >= 0 ? 1 / (1 + Math.exp(-t)) : Math.exp(t) / (1 + Math.exp(t));
}

function softplus(t: number): number {
  return Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t)));
}

function xlogx(s: number): number {
  return s > 0 ? s * Math.log(s) : 0;
}

/** argmin_z log(1 + e^{−z}) + (z − t)²/(2τ): Newton's method within the bracket [t, t + τ]. */
function logisticProx(t: number, tau: number): number {
  let low = t;
  let high = t + tau;
  let z = t + tau * sigmoid(-t);
  z = Math.min(high, Math.max(low, 0.5 * (z + t)));
  for (let k = 0; k < 100; k++) {
    const s = sigmoid(-z);
    const gradient = (z - t) / tau - s;
    if (gradient > 0) high = z;
    else low = z;
    let next = z - gradient / (1 / tau + s * (1 - s));
    if (!(next > low && next < high)) next = 0.5 * (low + high);
    if (Math.abs(next - z) <= 1e-15 * (1 + Math.abs(z))) return next;
    z = next;
  }
  return z;
}
