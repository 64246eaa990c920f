import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { blocksOf, ROOT } from './markdown.ts'
import type { Block } from './markdown.ts'

/** The files of the example, which a newcomer finds in a fresh clone; its data is only read. */
const TEMPLATE = ['config.ts', 'run.ts', 'creates', 'dimensions', 'facts', 'sources', 'tasks']

/** A folder like a fresh clone, with this repository's engine and packages. */
export function freshClone(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'starline-docs-'))
  for (const name of TEMPLATE) cpSync(join(ROOT, name), join(folder, name), { recursive: true })
  mkdirSync(join(folder, 'examples'))
  symlinkSync(join(ROOT, 'examples/notes'), join(folder, 'examples/notes'))
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({
    extends: join(ROOT, 'tsconfig.json'), compilerOptions: { paths: { starline: [join(ROOT, 'engine/index.ts')] } },
    include: ['**/*.ts'], exclude: ['node_modules'],
  }))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** What a tour says to do: write a file, change a file, or run a command that prints something. */
export type Step =
  | { readonly kind: 'write'; readonly path: string; readonly text: string }
  | { readonly kind: 'change'; readonly path: string; readonly before: string; readonly after: string }
  | { readonly kind: 'run'; readonly command: string; readonly printed: string; readonly line: number }

/** The steps of a page's blocks: `ts` with a path in its first line, `diff`, and `console`. */
export function stepsOf(markdown: string): Step[] {
  return blocksOf(markdown).flatMap((block) => stepOf(block) ?? [])
}

function stepOf({ language, text, line }: Block): Step | undefined {
  const [first = '', ...rest] = text.split('\n')
  if (language === 'ts' && first.startsWith('// ')) return { kind: 'write', path: first.slice(3), text }
  if (language === 'console') return { kind: 'run', command: first.replace(/^\$ /, ''), printed: rest.join('\n'), line }
  if (language !== 'diff') return undefined
  const lines = rest.filter((each) => each !== '')
  const without = (sign: string): string => lines.filter((each) => !each.startsWith(sign)).map((each) => each.slice(1)).join('\n')
  return { kind: 'change', path: first.replace('--- ', ''), before: without('+'), after: without('-') }
}

/** What a newcomer would type, as this repository has it. */
const COMMANDS: readonly [typed: string, words: readonly string[]][] = [
  ['npm start', ['--import', 'tsx', 'run.ts', '--run_dimensions', '--run_facts']],
  ['npx tsx run.ts', ['--import', 'tsx', 'run.ts']],
  ['npx starline', [join(ROOT, 'bin/starline.mjs')]],
  ['npx tsc', [join(ROOT, 'node_modules/typescript/bin/tsc')]],
]

/** Does one step in a folder; what a command left on a terminal, its exit code last where that was asked for. */
export function take(step: Step, folder: string): string {
  const path = (name: string): string => join(folder, name)
  if (step.kind === 'write') {
    mkdirSync(dirname(path(step.path)), { recursive: true })
    writeFileSync(path(step.path), step.text)
    return ''
  }
  if (step.kind === 'change') {
    const text = readFileSync(path(step.path), 'utf8')
    if (text.split(step.before).length !== 2) throw new Error(`${step.path} has this not once:\n${step.before}`)
    writeFileSync(path(step.path), text.replace(step.before, () => step.after))
    return ''
  }
  return run(step.command, folder)
}

function run(typed: string, folder: string): string {
  const command = typed.replace('; echo $?', '')
  const [begin = '', words = []] = COMMANDS.find(([each]) => command.startsWith(each)) ?? []
  if (begin === '') throw new Error(`no tour runs ${command}`)
  const rest = [...command.slice(begin.length).matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '')
  const { stdout, stderr, status } = spawnSync(process.execPath, [...words, ...rest], {
    cwd: folder, encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: folder, NO_COLOR: '1' },
  })
  // A terminal clears the lines of what is at work; in a pipe each of them stays.
  const told = stderr.split('\n').filter((line) => !/^(loaded|published|failed|skipped) (dimension|fact) /.test(line)).join('\n')
  return told + stdout + (typed === command ? '' : `${status}\n`)
}

/** Both texts without what differs from run to run: times, ids, and how many blanks a column takes because of them. */
function masked(text: string): string {
  return text
    .replaceAll(/\d{8}T\d{6}-[0-9a-f]{8}/g, '<refresh>')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<run>')
    .replaceAll(/("seconds": )[\d.]+/g, '$1<time>')
    .replaceAll(/\d+(?:\.\d+)? (?:min \d+ )?s\b/g, '<time>')
    .split('\n').map((line) => line.trim().replaceAll(/ +/g, ' ')).join('\n').trim()
}

/** The first part of what is documented that was not printed in its place; parts are parted by a line with `…` alone. */
export function notPrinted(documented: string, printed: string): string | undefined {
  const actual = `\n${masked(printed)}\n`
  let from = 0
  for (const part of masked(documented).split(/^…$/m)) {
    const lines = part.trim()
    if (lines === '') continue
    const at = actual.indexOf(`\n${lines}\n`, from)
    if (at < 0) return lines
    from = at + lines.length + 1
  }
  const isWhole = !masked(documented).split('\n').includes('…')
  return isWhole && masked(documented) !== masked(printed) ? masked(documented) : undefined
}
