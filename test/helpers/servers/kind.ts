/** What the ladder must know about one kind of server; another database is one more object of this shape. */

export interface ServerKind {
  /** The name people know it by. */
  name: string
  /** The environment variable that names a server which already runs. */
  envVariable: string
  /** How such a URL looks, for the error that asks for one. */
  urlExample: string
  /** The service in docker-compose.yml, its port inside the container, and the URL from outside. */
  compose: { service: string, port: number, url(port: number): string }
  /** Programs that must all be there to start one here. */
  binaries: readonly string[]
  /** Debian packages that bring them; and the Homebrew formula. */
  aptPackages: readonly string[]
  brewFormula: string
  /** A command that must run once in an empty folder before the first start. */
  prepare?(dir: string, find: (program: string) => string): Command
  /** The command that runs the server in the foreground. */
  start(dir: string, port: number, find: (program: string) => string): Command
  /** The signal that ends it at once and lets it tidy up what it shares with the machine; SIGKILL unless told. */
  endsBy?: NodeJS.Signals
  /** Where such a server answers. */
  url(port: number): string
  /** Connects and says who is there, or throws: the only proof that a server is ready. */
  ask(url: string): Promise<Answer>
}

export interface Command { file: string, args: string[] }

/** `version` is a name and a number, such as `MariaDB 10.11.6`; `dir` is the server's own data folder. */
interface Answer { version: string, dir: string }

/** A server to test against. `rung` says where it came from. */
export interface Server {
  url: string
  rung: string
  version: string
  stop: () => Promise<void>
}
