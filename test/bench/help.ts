import { cases } from './cases/index.ts'

/** The words of `--help`, which the page about performance has too. */
export const help = `npm run bench -- [--case a,b] [--rows N] [--most N] [--members N] [--etls N] [--rounds N] [--short] [--seed N] [--json] [--write page] [--note text]

Measures each case in all of its ways, one after the other and again, and checks what each has made: a way that made something else
is named, and the exit code is 1. It brings its own servers. test/bench/peers.sh installs what others have made.

  --case      only these: ${cases.map(({ name }) => name).join(', ')}
  --rows      rows of a fact (default 200,000)
  --most      rows of the largest fact in growth (default: as many as --rows)
  --members   members of a dimension (default 100,000)
  --etls      how many small dimensions (default 100)
  --rounds    how often each way is measured (default 3); the figures are medians
  --short     10,000 rows, 2,000 members, 10 small dimensions and one round, unless told: whether all works, and no ratios
  --seed      of the data (default 7)
  --json      one document on standard output
  --write     puts the tables into a page, between its marks
  --note      what else is to be known of this run, for the page
`
