import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { packageFolder } from '../../version.ts'

/**
 * How a package.json in a folder names this package so that npm finds the very one that runs: the file or the address that it was installed from.
 * Undefined where that is not known. A version never is the answer: npm would look it up in a registry, where the name may be anybody's.
 */
export function ownDependency(into: string, starts: readonly string[] = [process.cwd(), packageFolder()]): string | undefined {
  for (const start of starts) {
    for (const folder of foldersAbove(start)) {
      const said = dependencyIn(folder)
      if (said !== undefined) return carried(said, folder, into)
    }
  }
  return undefined
}

const foldersAbove = (folder: string): string[] => (dirname(folder) === folder ? [folder] : [folder, ...foldersAbove(dirname(folder))])

function dependencyIn(folder: string): string | undefined {
  try {
    const read = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, Record<string, unknown> | undefined>
    const said = read['dependencies']?.['starline'] ?? read['devDependencies']?.['starline']
    return typeof said === 'string' && /^(?:file|https?|git(?:\+\w+)?|github):/.test(said) ? said : undefined
  } catch {
    return undefined
  }
}

/** A path is meant from the package.json that says it. */
function carried(said: string, from: string, into: string): string {
  const path = /^file:(?:\/\/(?=\/))?(.*)$/.exec(said)?.[1]
  if (path === undefined || isAbsolute(path)) return said
  return `file:${relative(into, resolve(from, path)).replaceAll('\\', '/')}`
}
