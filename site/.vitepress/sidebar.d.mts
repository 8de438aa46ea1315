/** A link of the sidebar, or a group of them. */
export interface SidebarItem {
  text: string;
  link?: string;
  items?: SidebarItem[];
}

export function guideSidebar(): SidebarItem[];
export function referenceSidebar(): SidebarItem[];
