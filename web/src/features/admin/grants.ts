/** A role's grants as the matrix modules × operations, each with a scope. Pure. */

export interface Grant {
  module: string;
  operation: string;
  scope: string;
}

export const OPERATIONS = ["view", "create", "edit", "delete", "import", "export", "assign", "merge", "administer"] as const;
export type Operation = (typeof OPERATIONS)[number];

export const SCOPES = ["own", "team", "tree", "all"] as const;
export type Scope = (typeof SCOPES)[number];

const rank = (scope: string): number => SCOPES.indexOf(scope as Scope);

/** The widest scope granted, by wildcards too; "" for none. */
export function scopeOf(grants: Grant[], module: string, operation: string): string {
  return grants
    .filter((grant) => (grant.module === module || grant.module === "*") && (grant.operation === operation || grant.operation === "*"))
    .reduce((widest, { scope }) => (rank(scope) > rank(widest) ? scope : widest), "");
}

/** Whether a wildcard alone already grants it, so that the cell cannot take it away. */
export function isWild(grants: Grant[], module: string, operation: string): boolean {
  return scopeOf(grants.filter((grant) => grant.module === "*" || grant.operation === "*"), module, operation) !== "";
}

export function withScope(grants: Grant[], module: string, operation: string, scope: string): Grant[] {
  const others = grants.filter((grant) => grant.module !== module || grant.operation !== operation);
  return scope ? [...others, { module, operation, scope }] : others;
}
