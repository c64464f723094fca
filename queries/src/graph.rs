//! Strongly connected components of graphs given by successor lists (Tarjan's algorithm, without recursion).

/// The sets of nodes, of `0..count`, that reach each other; each set before those that reach it. `successors` gives the
/// nodes that a node has edges to; it is called once for each node.
pub(crate) fn components(
    count: usize,
    mut successors: impl FnMut(usize) -> Vec<usize>,
) -> Vec<Vec<usize>> {
    const UNSEEN: usize = usize::MAX;
    let mut number = vec![UNSEEN; count];
    let mut low = vec![0; count];
    let mut on_stack = vec![false; count];
    let mut stack = Vec::new();
    let mut components = Vec::new();
    let mut next = 0;
    // The nodes being visited, each with the successors that are left to look at.
    let mut work: Vec<(usize, std::vec::IntoIter<usize>)> = Vec::new();
    for root in 0..count {
        if number[root] != UNSEEN {
            continue;
        }
        let mut enter = Some(root);
        loop {
            if let Some(node) = enter.take() {
                number[node] = next;
                low[node] = next;
                next += 1;
                stack.push(node);
                on_stack[node] = true;
                work.push((node, successors(node).into_iter()));
            }
            let Some((node, rest)) = work.last_mut() else { break };
            let node = *node;
            match rest.next() {
                Some(to) if number[to] == UNSEEN => enter = Some(to),
                Some(to) => {
                    if on_stack[to] {
                        low[node] = low[node].min(number[to]);
                    }
                }
                None => {
                    work.pop();
                    if let Some((parent, _)) = work.last() {
                        low[*parent] = low[*parent].min(low[node]);
                    }
                    if low[node] == number[node] {
                        let mut component = Vec::new();
                        while let Some(member) = stack.pop() {
                            on_stack[member] = false;
                            component.push(member);
                            if member == node {
                                break;
                            }
                        }
                        component.sort_unstable();
                        components.push(component);
                    }
                }
            }
        }
    }
    components
}

#[cfg(test)]
mod tests {
    use super::components;

    #[test]
    fn components_come_before_those_that_reach_them() {
        let edges = [vec![1], vec![2, 3], vec![1], vec![3], vec![0]];
        let found = components(5, |node| edges[node].clone());
        assert_eq!(found, [vec![3], vec![1, 2], vec![0], vec![4]]);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let found = components(200_000, |node| if node == 0 { vec![] } else { vec![node - 1] });
        assert_eq!(found.len(), 200_000);
        let found = components(200_000, |node| vec![(node + 1) % 200_000]);
        assert_eq!(found.len(), 1);
    }
}
