import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder, and those that it lies in, one by one: inside of one that takes none, such as /proc, Node's own recursive
 * way never ends.
 *
 * @throws where one can't be made, with the reason
 */
export function makeFolder(folder: string): void {
  if (isFolder(folder)) return
  makeFolder(dirname(folder))
  try {
    mkdirSync(folder)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    // Somebody else was faster.
    if (code === 'EEXIST' && isFolder(folder)) return
    // Where the folder around it is there, this is not about what is missing.
    throw code === 'ENOENT' ? new Error(`no folder can be made in ${dirname(folder)} (${message})`, { cause: error }) : error
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
