import { Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import DesktopIcon from '@patternfly/react-icons/dist/esm/icons/desktop-icon';
import MoonIcon from '@patternfly/react-icons/dist/esm/icons/moon-icon';
import SunIcon from '@patternfly/react-icons/dist/esm/icons/sun-icon';
import { useState, useSyncExternalStore } from 'react';
import { currentTheme, onThemeChange, setTheme, type Theme } from '../components/theme.ts';

const THEMES = [
  ['system', 'As the system', DesktopIcon],
  ['light', 'Light', SunIcon],
  ['dark', 'Dark', MoonIcon],
] as const;

export function ThemeMenu() {
  const [isOpen, setIsOpen] = useState(false);
  const theme = useSyncExternalStore(onThemeChange, currentTheme);
  const Icon = THEMES.find(([id]) => id === theme)?.[2] ?? DesktopIcon;
  return (
    <Dropdown
      isOpen={isOpen}
      onOpenChange={setIsOpen}
      onSelect={(_event, value) => {
        setTheme(value as Theme);
        setIsOpen(false);
      }}
      popperProps={{ position: 'right' }}
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          variant="plain"
          aria-label="Light or dark"
          isExpanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
        >
          <Icon />
        </MenuToggle>
      )}
    >
      <DropdownList>
        {THEMES.map(([id, name, ItemIcon]) => (
          <DropdownItem key={id} value={id} icon={<ItemIcon />} isSelected={id === theme}>
            {name}
          </DropdownItem>
        ))}
      </DropdownList>
    </Dropdown>
  );
}
