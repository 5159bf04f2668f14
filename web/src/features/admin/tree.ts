/** Teams as the tree they are. Pure. */
import type { Rec } from "~/api/types";

export interface TeamNode {
  team: Rec;
  children: TeamNode[];
}

/** Roots first, by name. A team whose parent is unknown, or is below itself, counts as a root: nothing disappears. */
export function toTree(teams: Rec[], compare: (one: string, other: string) => number): TeamNode[] {
  const nodes = new Map(teams.map((team): [string, TeamNode] => [team.id, { team, children: [] }]));
  const roots: TeamNode[] = [];
  for (const node of nodes.values()) {
    const parent = nodes.get(String(node.team.parent_id ?? ""));
    if (parent && !isBelow(nodes, parent, node)) parent.children.push(node);
    else roots.push(node);
  }
  const sort = (list: TeamNode[]): TeamNode[] => {
    list.sort((one, other) => compare(String(one.team.name), String(other.team.name)));
    list.forEach(({ children }) => sort(children));
    return list;
  };
  return sort(roots);
}

function isBelow(nodes: Map<string, TeamNode>, start: TeamNode, above: TeamNode): boolean {
  let at: TeamNode | undefined = start;
  for (let steps = 0; at && steps <= nodes.size; steps += 1) {
    if (at === above) return true;
    at = nodes.get(String(at.team.parent_id ?? ""));
  }
  return false;
}
