/** Errors of the API. ApiError: the server's answer (RFC 9457). NetworkError: there was no answer. */

export interface Violation {
  field: string;
  description: string;
  reason?: string;
}

export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  reason?: string;
  trace_id?: string;
  violations?: Violation[];
}

export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly traceId: string;
  readonly violations: Violation[];

  constructor(status: number, problem: Problem) {
    super(problem.detail || problem.title || `HTTP ${status}`);
    this.name = "ApiError";
    this.status = status;
    this.reason = problem.reason ?? "";
    this.traceId = problem.trace_id ?? "";
    this.violations = problem.violations ?? [];
  }

  /** Somebody else changed the record since it was read. */
  get isConflict(): boolean {
    return this.status === 412 || (this.status === 409 && /ABORTED|CONFLICT|ETAG|STALE/i.test(this.reason));
  }
}

export class NetworkError extends Error {
  constructor() {
    super("network");
    this.name = "NetworkError";
  }
}

/** Worth trying again by itself: no answer, or an answer that says "later". */
export function isPassing(error: unknown): boolean {
  return error instanceof NetworkError || (error instanceof ApiError && [429, 502, 503, 504].includes(error.status));
}
