/** Which program is started, rule by rule. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { locate, type Surroundings } from '../../src/server/locate';

const AT: Surroundings = {
  setting: '',
  extension: '/ext',
  workspace: '/folder',
  path: '/a:/b:relative',
  home: '/home/me',
  windows: false,
};

function among(...files: string[]): (file: string) => boolean {
  return (file) => files.includes(file);
}

test('the setting wins over everything', () => {
  const found = locate({ ...AT, setting: '/opt/ko' }, among('/opt/ko', '/ext/bin/ko', '/a/ko'));
  assert.deepEqual(found, { program: '/opt/ko', origin: 'setting' });
});

test('a relative setting starts from the workspace, ~ from the home', () => {
  assert.deepEqual(locate({ ...AT, setting: 'bin/ko' }, among('/folder/bin/ko')), { program: '/folder/bin/ko', origin: 'setting' });
  assert.deepEqual(locate({ ...AT, setting: '~/ko' }, among('/home/me/ko')), { program: '/home/me/ko', origin: 'setting' });
});

test('a setting that names nothing is not silently replaced', () => {
  const found = locate({ ...AT, setting: '/opt/ko' }, among('/ext/bin/ko', '/a/ko'));
  assert.equal(found, 'The setting ko.server.path names /opt/ko, which does not exist.');
});

test('the bundled program comes before PATH', () => {
  assert.deepEqual(locate(AT, among('/ext/bin/ko', '/a/ko')), { program: '/ext/bin/ko', origin: 'bundled' });
});

test('PATH is searched in order, without its relative entries', () => {
  assert.deepEqual(locate(AT, among('/b/ko')), { program: '/b/ko', origin: 'PATH' });
  assert.match(String(locate(AT, among('relative/ko'))), /neither bundled .* nor on PATH/);
});

test('on Windows the program has its suffix', () => {
  assert.match(String(locate({ ...AT, windows: true }, among())), /ko\.exe/);
});
