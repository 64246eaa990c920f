/**
 * Starline beside its peers, on servers of its own: npm run bench -- --help
 */

import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { cases } from './cases/index.ts'
import { tableOf } from './figures.ts'
import { openScene } from './scene.ts'
import { measureCase } from './turns.ts'
import type { CaseOutcome } from './turns.ts'

const help = `npm run bench -- [--case a,b] [--rows N] [--members N] [--rounds N] [--short] [--seed N] [--json]

Measures each case in all of its ways, one after the other and again, and checks what each has made. It brings its own servers.

  --case      only these: ${cases.map(({ name }) => name).join(', ')}
  --rows      rows of a fact (default 1,000,000)
  --members   members of a dimension (default 200,000)
  --rounds    how often each way is measured (default 3); the figures are medians
  --short     10,000 rows, 2,000 members and one round, unless told
  --seed      of the data (default 7)
  --json      one document on standard output
`

const { values } = parseArgs({
  options: {
    case: { type: 'string' }, rows: { type: 'string' }, members: { type: 'string' }, rounds: { type: 'string' }, short: { type: 'boolean', default: false },
    seed: { type: 'string', default: '7' }, json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
  },
})
const usual = values.short ? { rows: 10_000, members: 2_000, rounds: 1 } : { rows: 1_000_000, members: 200_000, rounds: 3 }
const [rows, members, rounds, seed] = [values.rows ?? usual.rows, values.members ?? usual.members, values.rounds ?? usual.rounds, values.seed].map(Number) as [number, number, number, number]
const names = values.case?.split(',') ?? cases.map(({ name }) => name)
const unknown = names.filter((name) => !cases.some((each) => each.name === name))

if (values.help) process.stdout.write(help)
else if (unknown.length > 0 || ![rows, members, rounds].every((each) => Number.isInteger(each) && each > 0) || !Number.isInteger(seed)) {
  process.stderr.write(`${unknown.length > 0 ? `there is no case ${unknown.join(', ')}\n` : '--rows, --members, --rounds and --seed are whole numbers\n'}${help}`)
  process.exitCode = 2
} else {
  process.exitCode = await bench()
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`)
}

async function bench(): Promise<number> {
  const scene = openScene(seed)
  const outcomes: CaseOutcome[] = []
  try {
    for (const one of cases.filter(({ name }) => names.includes(name))) {
      outcomes.push(await measureCase(one, scene, { rows, members }, rounds, tell))
      if (!values.json) process.stdout.write(`${tableOf(outcomes.at(-1)!)}\n`)
    }
    const machine = `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}, ${(await scene.servers()).join(', ')}`
    if (values.json) process.stdout.write(`${JSON.stringify({ machine, rounds, seed, cases: outcomes }, undefined, 2)}\n`)
    else process.stdout.write(`${machine}; ${rounds} rounds, seed ${seed}\n`)
  } finally {
    await scene.close()
  }
  return outcomes.some(({ ways }) => ways.some(({ wrong }) => wrong !== undefined)) ? 1 : 0
}
