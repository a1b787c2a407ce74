/** Growth of the residual at which an accelerated point is taken back. */
const WORST_GROWTH = 2;
/** Share of its diagonal by which the normal equations are regularised. */
const REGULARISATION = 1e-10;

/**
 * Anderson acceleration (type II) of a fixed-point iteration y ← F(y): the next point is the combination of the last
 * F's whose residuals F(y) − y combine to the least norm. Where the residual then grows, the plain step from the point
 * before is taken instead and the history dropped (compare O'Donoghue 2021).
 *
 * Vectors come in two parts, matrices and predictions, whose squares count σ and σ_u times.
 */
export class Acceleration {
  readonly #lookback: number;
  readonly #parts: readonly [number, number];
  readonly #dF: Float64Array[];
  readonly #dG: Float64Array[];
  readonly #lastF: Float64Array;
  readonly #lastG: Float64Array;
  /** ⟨dG_i, dG_j⟩ and ⟨dG_i, G⟩. */
  readonly #gram: Float64Array;
  readonly #work: Float64Array;
  #weights: readonly [number, number] = [1, 1];
  #columns = 0;
  #next = 0;
  #known = false;
  #lastNorm = Infinity;
  #accelerated = false;

  /** @param parts entries of the matrices' and the predictions' part. */
  constructor(parts: readonly [number, number], lookback: number) {
    const length = parts[0] + parts[1];
    const columns = (): Float64Array[] => Array.from({ length: lookback }, () => new Float64Array(length));
    this.#parts = parts;
    this.#lookback = lookback;
    this.#dF = columns();
    this.#dG = columns();
    this.#lastF = new Float64Array(length);
    this.#lastG = new Float64Array(length);
    this.#gram = new Float64Array(lookback * lookback);
    this.#work = new Float64Array(lookback * (lookback + 1));
  }

  /** Bytes held. */
  get bytes(): number {
    return 8 * (2 * this.#lookback + 2) * this.#lastF.length;
  }

  /** Forgets everything; to be called when F changes. */
  restart(matrices: number, predictions: number): void {
    this.#weights = [matrices, predictions];
    this.#columns = 0;
    this.#next = 0;
    this.#known = false;
    this.#accelerated = false;
    this.#lastNorm = Infinity;
  }

  /** Takes y and F(y), both overwritten; F then holds the next point. */
  advance(y: Float64Array, F: Float64Array): void {
    const length = F.length;
    const G = y;
    for (let i = 0; i < length; i++) G[i] = F[i] - y[i];
    const norm = Math.sqrt(this.#dot(G, G));
    if (this.#accelerated && !(norm <= WORST_GROWTH * this.#lastNorm)) {
      F.set(this.#lastF);
      this.restart(...this.#weights);
      return;
    }
    if (this.#known) {
      const dF = this.#dF[this.#next];
      const dG = this.#dG[this.#next];
      for (let i = 0; i < length; i++) {
        dF[i] = F[i] - this.#lastF[i];
        dG[i] = G[i] - this.#lastG[i];
      }
      this.#columns = Math.min(this.#columns + 1, this.#lookback);
      for (let j = 0; j < this.#columns; j++) {
        const product = this.#dot(dG, this.#dG[j]);
        this.#gram[this.#next * this.#lookback + j] = product;
        this.#gram[j * this.#lookback + this.#next] = product;
      }
      this.#next = (this.#next + 1) % this.#lookback;
    }
    this.#lastF.set(F);
    this.#lastG.set(G);
    this.#lastNorm = norm;
    this.#known = true;
    this.#accelerated = false;
    if (this.#columns < 2) return;
    const gamma = this.#coefficients(G);
    if (gamma === undefined) return;
    this.#accelerated = true;
    gamma.forEach((g, j) => {
      const dF = this.#dF[j];
      for (let i = 0; i < length; i++) F[i] -= g * dF[i];
    });
  }

  #dot(a: Float64Array, b: Float64Array): number {
    const [first, second] = this.#parts;
    let matrices = 0;
    for (let i = 0; i < first; i++) matrices += a[i] * b[i];
    let predictions = 0;
    for (let i = first; i < first + second; i++) predictions += a[i] * b[i];
    return this.#weights[0] * matrices + this.#weights[1] * predictions;
  }

  /** argmin ‖G − dG·γ‖, by Cholesky of the regularised normal equations; undefined where that fails. */
  #coefficients(G: Float64Array): Float64Array | undefined {
    const m = this.#columns;
    const L = this.#work;
    let trace = 0;
    for (let j = 0; j < m; j++) trace += this.#gram[j * (this.#lookback + 1)];
    const gamma = new Float64Array(m);
    for (let j = 0; j < m; j++) {
      gamma[j] = this.#dot(this.#dG[j], G);
      for (let i = j; i < m; i++) {
        let sum = this.#gram[i * this.#lookback + j] + (i === j ? REGULARISATION * trace : 0);
        for (let k = 0; k < j; k++) sum -= L[i * m + k] * L[j * m + k];
        if (i === j) {
          if (!(sum > 0)) return undefined;
          L[j * m + j] = Math.sqrt(sum);
        } else L[i * m + j] = sum / L[j * m + j];
      }
    }
    for (let j = 0; j < m; j++) {
      for (let k = 0; k < j; k++) gamma[j] -= L[j * m + k] * gamma[k];
      gamma[j] /= L[j * m + j];
    }
    for (let j = m - 1; j >= 0; j--) {
      for (let k = j + 1; k < m; k++) gamma[j] -= L[k * m + j] * gamma[k];
      gamma[j] /= L[j * m + j];
    }
    return gamma;
  }
}
