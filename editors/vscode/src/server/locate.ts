/**
 * Which `ko` program to start. Pure: what exists on disk is asked through a function, so that every rule has a test.
 */
import * as path from 'node:path';

/** Where a program came from, in the order in which they are tried. */
export type Origin = 'setting' | 'bundled' | 'PATH';

export interface Located {
  program: string;
  origin: Origin;
}

export interface Surroundings {
  /** Value of `ko.server.path`, empty when unset. */
  setting: string;
  /** Folder of the extension. */
  extension: string;
  /** Folder that a relative setting starts from. */
  workspace?: string | undefined;
  /** Value of the environment variable PATH. */
  path: string;
  home: string;
  windows: boolean;
}

/**
 * The program to start, or a sentence that says where it was looked for.
 * A setting that names nothing is an error: falling back would start another program than the user asked for.
 */
export function locate(at: Surroundings, exists: (file: string) => boolean): Located | string {
  const name = at.windows ? 'ko.exe' : 'ko';
  const setting = at.setting.trim();
  if (setting !== '') {
    const expanded = setting.startsWith('~/') ? path.join(at.home, setting.slice(2)) : setting;
    const program = path.resolve(at.workspace ?? at.home, expanded);
    return exists(program)
      ? { program, origin: 'setting' }
      : `The setting ko.server.path names ${program}, which does not exist.`;
  }
  const bundled = path.join(at.extension, 'bin', name);
  if (exists(bundled)) return { program: bundled, origin: 'bundled' };
  for (const folder of at.path.split(path.delimiter)) {
    // A relative entry of PATH would let a workspace choose the program.
    if (!path.isAbsolute(folder)) continue;
    const program = path.join(folder, name);
    if (exists(program)) return { program, origin: 'PATH' };
  }
  return `The program ${name} is neither bundled with the extension nor on PATH. Install it, or name it in the setting ko.server.path.`;
}
