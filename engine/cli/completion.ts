import { ConfigurationError } from '../errors.ts'
import { entriesOf } from '../etl/registry.ts'
import type { Config } from '../etl/registry.ts'
import { didYouMean } from '../sql/did-you-mean.ts'
import { commands, noCommand } from './commands.ts'
import type { Command } from './commands.ts'
import type { Door } from './door.ts'
import type { FlagSpec } from './flag-table.ts'
import { loadConfig } from '../load-config.ts'
import type { Io } from './terminal.ts'
import type { Written } from './written.ts'

/** What a shell's script asks with, before the words of the line so far; the last one is the one to complete. */
export const COMPLETE = '--complete'

/** After `npx` its own completion stays as it was, but where the next word is ours. */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `# Completes starline, and npx starline.
_starline() {
  local line=("\${COMP_WORDS[@]:0:COMP_CWORD+1}") command=(starline)
  if [ "\${line[0]##*/}" = npx ]; then
    [ "\${line[1]}" = starline ] || return 0
    line=("\${line[@]:1}")
  fi
  type -P starline >/dev/null || command=(npx --no-install starline)
  local IFS=$'\\n'
  COMPREPLY=($("\${command[@]}" ${COMPLETE} "\${line[@]:1}" 2>/dev/null </dev/null))
}
complete -o default -F _starline starline
complete -o default -F _starline npx
`,
  zsh: `# Completes starline, and npx starline.
_starline() {
  local -a line command found
  line=("\${(@)words[1,CURRENT]}")
  command=(starline)
  if [[ "\${line[1]:t}" == npx ]]; then
    [[ "\${line[2]}" == starline ]] || { _default; return }
    shift line
  fi
  (( $+commands[starline] )) || command=(npx --no-install starline)
  found=("\${(@f)$("\${command[@]}" ${COMPLETE} "\${(@)line[2,-1]}" 2>/dev/null </dev/null)}")
  found=(\${found:#})
  if (( $#found )); then compadd -- "\${found[@]}"; else _default; fi
}
compdef _starline starline npx
`,
}

/** `starline completion`: prints the script for a shell. The exit code. */
export function completion({ _: [shell, stray] }: Written, io: Io): number {
  const script = typeof shell === 'string' && Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined
  if (script === undefined || stray !== undefined) {
    const meant = didYouMean(String(shell), Object.keys(SCRIPTS))
    throw new ConfigurationError(shell === undefined ? 'the shell is missing' : `no shell is called ${JSON.stringify(stray ?? shell)} here`, {
      wayOut: meant === undefined ? `write: npx starline completion ${Object.keys(SCRIPTS).join('|')}` : `did you mean ${meant}?`,
    })
  }
  io.out.write(script)
  return 0
}

/** What the last of these words can become, a line each. Never throws: a shell has nobody to tell. */
export async function completions(words: readonly string[], door: Door): Promise<string> {
  const word = words.at(-1) ?? ''
  try {
    const found = await candidates(words.slice(0, -1), word, door)
    return found.filter((each) => each.startsWith(word)).map((each) => `${each}\n`).join('')
  } catch {
    return ''
  }
}

async function candidates(before: readonly string[], word: string, door: Door): Promise<readonly string[]> {
  const command = commands.find(({ name }) => name === before[0])
  const flags = (command?.flags ?? noCommand.flags).flatMap((group) => group.flags)
  const last = flags.find(({ name }) => before.at(-1) === `--${name}`)
  if (last !== undefined && last.takes !== 'nothing') return valuesOf(last, word, door)
  const names = flags.filter(({ name, takes }) => takes === 'names' || !before.includes(`--${name}`)).map(({ name }) => `--${name}`)
  if (word.startsWith('-')) return names
  if (before.length === 0) return commands.map(({ name }) => name)
  return [...command === undefined ? [] : await wordsOf(command, before.slice(1), door), ...names]
}

/** The words that may follow a command: fixed ones, ETLs, and what the ledger knows. */
async function wordsOf({ name, words = [] }: Pick<Command, 'name' | 'words'>, [first, ...more]: readonly string[], { config }: Door): Promise<readonly string[]> {
  if (more.length > 0) return []
  if (first !== undefined) return name === 'schedule' && takesName.includes(first) ? inLedger('schedules', config) : []
  if (name === 'cancel') return [...await etlNames(config), ...await inLedger('refreshes', config)]
  return takesRefresh.includes(name) ? inLedger('refreshes', config) : words
}

/** A warehouse that is away has no names, and takes none of the others away. */
async function inLedger(what: 'refreshes' | 'schedules', source: Door['config']): Promise<readonly string[]> {
  const config = await loadConfig(source)
  const { refreshNames, scheduleNames } = await import('./ledger-names.ts')
  return (what === 'refreshes' ? refreshNames : scheduleNames)(config).catch(() => [])
}

const takesRefresh: readonly string[] = ['status', 'retry', 'logs']
const takesName: readonly string[] = ['rm', 'pause', 'resume']

/** The names that may follow a flag; in a list each once. */
async function valuesOf({ name, values = [], takes }: FlagSpec, word: string, { config: source }: Door): Promise<readonly string[]> {
  const config = name === 'select' || name === 'exclude' || name === 'source' ? await loadConfig(source) : undefined
  const all = config === undefined ? values : name === 'source' ? sourcesOf(config) : entriesOf(config).map((entry) => entry.name)
  if (takes !== 'names') return all
  const done = word.split(',').slice(0, -1)
  const head = done.map((each) => `${each},`).join('')
  const left = all.filter((each) => !done.includes(each)).map((each) => `${head}${each}`)
  const [only, ...others] = left.filter((each) => each.startsWith(word))
  // Two answers, so that the shell writes no blank where a comma may follow.
  return only !== undefined && others.length === 0 && left.length > 1 ? [only, `${only},`] : left
}

const etlNames = async (config: Door['config']): Promise<readonly string[]> => entriesOf(await loadConfig(config)).map(({ name }) => name)

const sourcesOf = ({ sources }: Config): readonly string[] => ['default', ...Object.keys(sources)]
