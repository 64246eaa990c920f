/**
 * Starline beside its peers, on servers of its own: npm run bench -- --help
 */

import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { cases } from './cases/index.ts'
import { tableOf } from './figures.ts'
import { help } from './help.ts'
import { writeTables } from './page.ts'
import { openScene } from './scene.ts'
import type { Scene } from './scene.ts'
import { measureCase } from './turns.ts'
import type { CaseOutcome } from './turns.ts'

const { values } = parseArgs({
  options: {
    case: { type: 'string' }, rows: { type: 'string' }, most: { type: 'string' }, members: { type: 'string' }, etls: { type: 'string' }, rounds: { type: 'string' },
    short: { type: 'boolean', default: false }, seed: { type: 'string', default: '7' }, json: { type: 'boolean', default: false },
    write: { type: 'string' }, note: { type: 'string' }, help: { type: 'boolean', default: false },
  },
})
const usual = values.short ? { rows: 10_000, members: 2_000, etls: 10, rounds: 1 } : { rows: 200_000, members: 100_000, etls: 100, rounds: 3 }
const rows = count(values.rows, usual.rows)
const numbers = { rows, most: count(values.most, rows), members: count(values.members, usual.members), etls: count(values.etls, usual.etls), rounds: count(values.rounds, usual.rounds), seed: Number(values.seed) }
const names = values.case?.split(',') ?? cases.map(({ name }) => name)
const unknown = names.filter((name) => !cases.some((each) => each.name === name))

if (values.help) process.stdout.write(help)
else if (unknown.length > 0 || Object.values(numbers).some((each) => !Number.isInteger(each))) {
  process.stderr.write(`${unknown.length > 0 ? `there is no case ${unknown.join(', ')}\n` : '--rows, --most, --members, --etls, --rounds and --seed are whole numbers\n'}${help}`)
  process.exitCode = 2
} else {
  process.exitCode = await bench()
}

function count(written: string | undefined, otherwise: number): number {
  const number = Number(written ?? otherwise)
  return number > 0 ? number : NaN
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`)
}

async function bench(): Promise<number> {
  const { rounds, seed, ...sizes } = numbers
  const scene = openScene({ seed, compiled: true, own: true })
  const outcomes: CaseOutcome[] = []
  try {
    for (const one of cases.filter(({ name }) => names.includes(name))) {
      outcomes.push(await measureCase(one, scene, sizes, rounds, tell))
      if (!values.json) process.stdout.write(`${tableOf(outcomes.at(-1)!)}\n`)
    }
    const conditions = await conditionsOf(scene, rounds, seed)
    if (values.json) process.stdout.write(`${JSON.stringify({ conditions, sizes, rounds, seed, cases: outcomes }, undefined, 2)}\n`)
    else process.stdout.write(`${conditions}\n`)
    if (values.write !== undefined) writeTables(values.write, `${conditions}\n\n${outcomes.map(tableOf).join('\n')}`)
  } finally {
    await scene.close()
  }
  return outcomes.some(({ ways }) => ways.some(({ wrong }) => wrong !== undefined)) ? 1 : 0
}

/** What the figures hang on. */
async function conditionsOf(scene: Scene, rounds: number, seed: number): Promise<string> {
  const [first] = cpus()
  const parts = [
    `${cpus().length} cores (${first?.model.trim()})`, `${Math.round(totalmem() / 2 ** 30)} GB`, `Node ${process.versions.node}`, ...await scene.servers(),
    `${rounds} round${rounds === 1 ? '' : 's'}`, `seed ${seed}`, new Date().toISOString().slice(0, 10),
  ]
  return `Measured on ${parts.join(', ')}.${values.note === undefined ? '' : ` ${values.note}`}`
}
