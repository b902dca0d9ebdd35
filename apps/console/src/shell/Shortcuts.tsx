import { Modal, ModalBody, ModalHeader } from '@patternfly/react-core';

const KEYS: readonly (readonly [string, string])[] = [
  ['/', 'Search'],
  ['g a', 'Applications'],
  ['g o', 'Overview'],
  ['g p', 'Projects'],
  ['g r', 'Policies (rules)'],
  ['g v', 'Violations'],
  ['g w', 'Waivers'],
  ['g l', 'Audit log'],
  ['g s', 'Settings'],
  ['← ↑ → ↓', 'Move in the resource graph'],
  ['Enter', 'Open what is selected'],
  ['Space', 'Fold or unfold in the resource graph'],
  ['Esc', 'Close a panel or dialog'],
  ['?', 'This list'],
];

export function Shortcuts({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Modal variant="small" isOpen={isOpen} onClose={onClose} aria-labelledby="shortcuts">
      <ModalHeader title="Keyboard shortcuts" labelId="shortcuts" />
      <ModalBody>
        <dl className="sk-keys">
          {KEYS.map(([key, meaning]) => (
            <div key={key}>
              <dt>
                {key.split(' ').map((part) => (
                  <kbd key={part}>{part}</kbd>
                ))}
              </dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
      </ModalBody>
    </Modal>
  );
}
