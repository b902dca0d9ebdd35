import type { ConfigDocument, Members } from '../document.ts';
import { memberOf } from '../document.ts';
import { ConfigFault, type ParseTask } from '../parse-task.ts';
import { linesOf } from './lines.ts';

/** How the value of a tag becomes a member. */
type Shape = 'text' | 'list' | 'boolean' | 'checksum' | 'verification' | 'externalDocument' | 'externalRef';
type Tags = Readonly<Record<string, readonly [member: string, shape: Shape]>>;

const DOCUMENT: Tags = {
  SPDXVersion: ['spdxVersion', 'text'],
  DataLicense: ['dataLicense', 'text'],
  SPDXID: ['SPDXID', 'text'],
  DocumentName: ['name', 'text'],
  DocumentNamespace: ['documentNamespace', 'text'],
  DocumentComment: ['comment', 'text'],
  ExternalDocumentRef: ['externalDocumentRefs', 'externalDocument'],
};
const CREATION: Tags = {
  LicenseListVersion: ['licenseListVersion', 'text'],
  Creator: ['creators', 'list'],
  Created: ['created', 'text'],
  CreatorComment: ['comment', 'text'],
};
const PACKAGE: Tags = {
  PackageName: ['name', 'text'],
  SPDXID: ['SPDXID', 'text'],
  PackageVersion: ['versionInfo', 'text'],
  PackageFileName: ['packageFileName', 'text'],
  PackageSupplier: ['supplier', 'text'],
  PackageOriginator: ['originator', 'text'],
  PackageDownloadLocation: ['downloadLocation', 'text'],
  FilesAnalyzed: ['filesAnalyzed', 'boolean'],
  PackageVerificationCode: ['packageVerificationCode', 'verification'],
  PackageChecksum: ['checksums', 'checksum'],
  PackageHomePage: ['homepage', 'text'],
  PackageSourceInfo: ['sourceInfo', 'text'],
  PackageLicenseConcluded: ['licenseConcluded', 'text'],
  PackageLicenseInfoFromFiles: ['licenseInfoFromFiles', 'list'],
  PackageLicenseDeclared: ['licenseDeclared', 'text'],
  PackageLicenseComments: ['licenseComments', 'text'],
  PackageCopyrightText: ['copyrightText', 'text'],
  PackageSummary: ['summary', 'text'],
  PackageDescription: ['description', 'text'],
  PackageComment: ['comment', 'text'],
  ExternalRef: ['externalRefs', 'externalRef'],
  PackageAttributionText: ['attributionTexts', 'list'],
  PrimaryPackagePurpose: ['primaryPackagePurpose', 'text'],
  ReleaseDate: ['releaseDate', 'text'],
  BuiltDate: ['builtDate', 'text'],
  ValidUntilDate: ['validUntilDate', 'text'],
};
const FILE: Tags = {
  FileName: ['fileName', 'text'],
  SPDXID: ['SPDXID', 'text'],
  FileType: ['fileTypes', 'list'],
  FileChecksum: ['checksums', 'checksum'],
  LicenseConcluded: ['licenseConcluded', 'text'],
  LicenseInfoInFile: ['licenseInfoInFiles', 'list'],
  LicenseComments: ['licenseComments', 'text'],
  FileCopyrightText: ['copyrightText', 'text'],
  FileComment: ['comment', 'text'],
  FileNotice: ['noticeText', 'text'],
  FileContributor: ['fileContributors', 'list'],
  FileAttributionText: ['attributionTexts', 'list'],
};
const LICENSE: Tags = {
  LicenseID: ['licenseId', 'text'],
  ExtractedText: ['extractedText', 'text'],
  LicenseName: ['name', 'text'],
  LicenseCrossReference: ['seeAlsos', 'list'],
  LicenseComment: ['comment', 'text'],
};
const ANNOTATION: Tags = {
  Annotator: ['annotator', 'text'],
  AnnotationDate: ['annotationDate', 'text'],
  AnnotationType: ['annotationType', 'text'],
  AnnotationComment: ['comment', 'text'],
};
const COMMENTS: Tags = { RelationshipComment: ['comment', 'text'], ExternalRefComment: ['comment', 'text'] };

/** Tags that open a section, with its members and the list that it goes into. */
const SECTIONS: Readonly<Record<string, { readonly tags: Tags; readonly list: string }>> = {
  PackageName: { tags: PACKAGE, list: 'packages' },
  FileName: { tags: FILE, list: 'files' },
  LicenseID: { tags: LICENSE, list: 'hasExtractedLicensingInfos' },
  Annotator: { tags: ANNOTATION, list: 'annotations' },
};

/** SPDX 2.1 to 2.3 in tags and values, as the JSON form of 2.3; snippets are not read. */
export function parseSpdx(task: ParseTask): readonly ConfigDocument[] {
  const pairs = readPairs(task);
  const version = pairs.find(({ tag }) => tag === 'SPDXVersion');
  if (version === undefined || !/^SPDX-2\.[123]$/.test(version.value))
    throw new ConfigFault(version?.offset ?? 0, `the SPDX version ${JSON.stringify(version?.value ?? '')} is not read`);
  const builder = new SpdxBuilder(task);
  for (const pair of pairs) builder.add(pair);
  return [task.document(builder.finish())];
}

interface Pair {
  readonly tag: string;
  readonly value: string;
  readonly offset: number;
}

function readPairs(task: ParseTask): Pair[] {
  const pairs: Pair[] = [];
  const lines = linesOf(task.text);
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index];
    if (line === undefined || /^\s*(?:#|$)/.test(line.text)) continue;
    const colon = line.text.indexOf(':');
    if (colon < 0) {
      task.report(new ConfigFault(line.start, 'the line is no "Tag: value"'));
      continue;
    }
    let value = line.text.slice(colon + 1).trim();
    if (value.startsWith('<text>')) {
      const parts = [value.slice('<text>'.length)];
      while (!parts.at(-1)?.includes('</text>') && index + 1 < lines.length) parts.push(lines[++index]?.text ?? '');
      value = parts.join('\n');
      const end = value.indexOf('</text>');
      if (end < 0) throw new ConfigFault(line.start + colon, 'the text is not closed with </text>');
      value = value.slice(0, end);
    }
    pairs.push({ tag: line.text.slice(0, colon).trim(), value, offset: line.start });
  }
  return pairs;
}

class SpdxBuilder {
  readonly #task: ParseTask;
  readonly #document: Members = { spdxVersion: 'SPDX-2.3' };
  #section: { readonly members: Members; readonly tags: Tags };
  #package: Members | undefined;
  #commented: Members | undefined;

  constructor(task: ParseTask) {
    this.#task = task;
    this.#section = { members: this.#document, tags: DOCUMENT };
  }

  add(pair: Pair): void {
    const { tag, value, offset } = pair;
    const opened = SECTIONS[tag];
    if (opened !== undefined) this.#open(opened.tags, opened.list, offset);
    if (tag === 'SPDXREF') return;
    if (tag === 'Relationship') {
      this.#relationship(pair);
      return;
    }
    const known = this.#section.tags[tag];
    const creation = CREATION[tag];
    const comment = COMMENTS[tag];
    if (known !== undefined) this.#set(this.#section.members, known, pair);
    else if (creation !== undefined) this.#set(this.#creation(offset), creation, pair);
    else if (comment !== undefined && this.#commented !== undefined)
      this.#task.set(this.#commented, 'comment', value, offset);
    else if (tag.startsWith('Snippet') || tag === 'LicenseInfoInSnippet')
      throw new ConfigFault(offset, 'snippets of SPDX files are not read', 'CONFIG_UNSUPPORTED');
    else this.#task.report(new ConfigFault(offset, `the tag "${tag}" is unknown here`));
  }

  finish(): Members {
    this.#document['spdxVersion'] = 'SPDX-2.3';
    if (!Object.hasOwn(this.#document, 'creationInfo')) this.#document['creationInfo'] = null;
    for (const key of ['dataLicense', 'documentNamespace', 'name'])
      if (!Object.hasOwn(this.#document, key)) this.#document[key] = '';
    if (!Object.hasOwn(this.#document, 'SPDXID')) this.#document['SPDXID'] = 'SPDXRef-';
    return this.#document;
  }

  #open(tags: Tags, list: string, offset: number): void {
    const members: Members = {};
    const target = list === 'files' && this.#package !== undefined ? this.#package : this.#document;
    this.#append(target, list, members, offset);
    if (list === 'packages') this.#package = members;
    this.#section = { members, tags };
  }

  #creation(offset: number): Members {
    const known = memberOf(this.#document, 'creationInfo');
    if (typeof known === 'object' && known !== null) return known as Members;
    const members: Members = {};
    this.#task.set(this.#document, 'creationInfo', members, offset);
    return members;
  }

  #append(target: Members, key: string, item: unknown, offset: number): void {
    const known = memberOf(target, key);
    const items: unknown[] = Array.isArray(known) ? known : [];
    if (known !== items) this.#task.set(target, key, items, offset);
    this.#task.push(items, item, offset);
  }

  #set(target: Members, [member, shape]: readonly [string, Shape], { tag, value, offset }: Pair): void {
    switch (shape) {
      case 'text':
        this.#task.set(target, member, value, offset);
        break;
      case 'boolean':
        this.#task.set(target, member, value === 'true', offset);
        break;
      case 'list':
        this.#append(target, member, value, offset);
        break;
      case 'checksum':
        this.#append(target, member, this.#checksum(value, tag, offset), offset);
        break;
      case 'verification': {
        const match = /^(\S+)(?:\s*\(excludes:?\s*(.*)\))?$/.exec(value);
        if (match === null) throw new ConfigFault(offset, `the value of ${tag} is malformed`);
        const code: Members = { packageVerificationCodeValue: match[1] };
        if (match[2] !== undefined) code['packageVerificationCodeExcludedFiles'] = match[2].split(/,\s*/);
        this.#task.set(target, member, code, offset);
        break;
      }
      case 'externalDocument': {
        const [externalDocumentId, spdxDocument, ...rest] = value.split(/\s+/);
        const checksum = this.#checksum(rest.join(' '), tag, offset);
        this.#append(target, member, { externalDocumentId, spdxDocument, checksum }, offset);
        break;
      }
      case 'externalRef': {
        const [referenceCategory, referenceType, referenceLocator] = value.split(/\s+/);
        this.#commented = { referenceCategory, referenceType, referenceLocator };
        this.#append(target, member, this.#commented, offset);
        break;
      }
      default:
        shape satisfies never;
    }
  }

  #checksum(value: string, tag: string, offset: number): Members {
    const match = /^([\w-]+):\s*(\S+)$/.exec(value);
    if (match === null) throw new ConfigFault(offset, `the checksum of ${tag} is no "ALGORITHM: value"`);
    return { algorithm: match[1], checksumValue: match[2] };
  }

  #relationship({ value, offset }: Pair): void {
    const [spdxElementId, relationshipType, relatedSpdxElement] = value.split(/\s+/);
    if (relatedSpdxElement === undefined) throw new ConfigFault(offset, 'a relationship is "A TYPE B"');
    this.#commented = { spdxElementId, relatedSpdxElement, relationshipType };
    this.#append(this.#document, 'relationships', this.#commented, offset);
  }
}
