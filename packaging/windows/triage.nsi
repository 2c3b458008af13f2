; The setup.exe: what triage.wxs does, for those who install by hand or whose tools want an executable.
;   setup.exe               asks, installs for all users
;   setup.exe /S [/D=DIR]   asks nothing; 0 done, 1 cancelled, 2 refused (a newer version, or the MSI, is there)
; installers.py gives every ${…}. The first line must come first: the default stub is 32-bit.
Target amd64-unicode
!ifdef QUICK
  SetCompressor zlib
!else
  SetCompressor /SOLID lzma
!endif
!include "LogicLib.nsh"
!include "FileFunc.nsh"
!include "WordFunc.nsh"
!include "MUI2.nsh"
!include "${LISTING}"

!define EVENTS "SYSTEM\CurrentControlSet\Services\EventLog\Application\Triage"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\Triage"

Name "${NAME} ${VERSION}"
OutFile "${OUT}"
RequestExecutionLevel admin
InstallDir "$PROGRAMFILES64\${NAME}"
InstallDirRegKey HKLM "Software\Triage" "Folder" ; an upgrade stays where the first installation went
ManifestDPIAware true
ManifestLongPathAware true
BrandingText "${NAME} ${VERSION}"

VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "${NAME}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "${NAME}: ${DESCRIPTION}, installer"
VIAddVersionKey "CompanyName" "${PUBLISHER}"
VIAddVersionKey "LegalCopyright" "${PUBLISHER}"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

!ifdef SIGN_COMMAND
  !uninstfinalize '${SIGN_COMMAND} "%1"'
!endif

; A program that runs cannot be replaced; better to say so than to leave half of it.
!macro refuse_while_running folder
  ${If} ${FileExists} "${folder}\triage-window.exe"
    ClearErrors
    FileOpen $R0 "${folder}\triage-window.exe" a
    ${If} ${Errors}
      MessageBox MB_OK|MB_ICONSTOP "${NAME} is running. Close it and try again; nothing was changed." /SD IDOK
      SetErrorLevel 2
      Quit
    ${EndIf}
    FileClose $R0
  ${EndIf}
!macroend

Function .onInit
  SetRegView 64
  SetShellVarContext all
  ReadRegStr $0 HKLM "Software\Triage" "InstalledBy"
  ${If} $0 == "msi"
    MessageBox MB_OK|MB_ICONSTOP "${NAME} was installed here by the MSI. Upgrade or remove it by the MSI; nothing was changed." /SD IDOK
    SetErrorLevel 2
    Quit
  ${EndIf}
  ReadRegStr $0 HKLM "Software\Triage" "Version"
  ${If} $0 != ""
    ${VersionCompare} "$0" "${VERSION}" $1
    ${If} $1 == 1
      MessageBox MB_OK|MB_ICONSTOP "A newer version of ${NAME} ($0) is installed, so this one was not. Remove the newer one first if you want to go back; the stores of its users stay." /SD IDOK
      SetErrorLevel 2
      Quit
    ${EndIf}
  ${EndIf}
  ReadRegStr $0 HKLM "Software\Triage" "Folder"
  ${If} $0 != ""
    !insertmacro refuse_while_running "$0"
  ${EndIf}
FunctionEnd

Function un.onInit
  !insertmacro refuse_while_running "$INSTDIR"
FunctionEnd

Section
  InitPluginsDir
  SetRegView 64
  SetShellVarContext all
  ; The version before takes its own files away: what the new one does not have must not stay behind.
  ReadRegStr $0 HKLM "Software\Triage" "Folder"
  ${If} $0 != ""
  ${AndIf} ${FileExists} "$0\uninstall.exe"
    CopyFiles /SILENT "$0\uninstall.exe" "$PLUGINSDIR\before.exe"
    ExecWait '"$PLUGINSDIR\before.exe" /S _?=$0' $1
    Delete "$0\uninstall.exe"
    RMDir "$0"
    ${If} $1 <> 0
      SetErrorLevel 2
      Abort "The version before could not be taken away. Close ${NAME} and try again."
    ${EndIf}
  ${EndIf}
  ClearErrors
  !insertmacro lay_down
  SetOutPath "$INSTDIR"
  ${If} ${Errors}
    SetErrorLevel 2
    Abort "Some files could not be written. Close ${NAME} and try again."
  ${EndIf}
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\triage-window.exe" "" "" "" "" "" "${DESCRIPTION}"

  WriteRegStr HKLM "Software\Triage" "InstalledBy" "setup"
  WriteRegStr HKLM "Software\Triage" "Version" "${VERSION}"
  WriteRegStr HKLM "Software\Triage" "Folder" "$INSTDIR"

  WriteRegStr HKLM "Software\Classes\Triage.Bundle" "" "Sealed bundle of Triage"
  WriteRegStr HKLM "Software\Classes\Triage.Bundle\DefaultIcon" "" '"$INSTDIR\triage-window.exe",0'
  WriteRegStr HKLM "Software\Classes\Triage.Bundle\shell\open\command" "" '"$INSTDIR\triage-window.exe" "%1"'
  WriteRegStr HKLM "Software\Classes\.bundle" "" "Triage.Bundle"
  WriteRegStr HKLM "Software\Classes\.bundle\OpenWithProgids" "Triage.Bundle" ""

  WriteRegExpandStr HKLM "${EVENTS}" "EventMessageFile" "${MESSAGES}"
  WriteRegDWORD HKLM "${EVENTS}" "TypesSupported" 7

  WriteRegStr HKLM "${UNINSTALL}" "DisplayName" "${NAME}"
  WriteRegStr HKLM "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKLM "${UNINSTALL}" "DisplayIcon" '"$INSTDIR\triage-window.exe",0'
  WriteRegStr HKLM "${UNINSTALL}" "Publisher" "${PUBLISHER}"
  WriteRegStr HKLM "${UNINSTALL}" "Comments" "${DESCRIPTION}"
  WriteRegStr HKLM "${UNINSTALL}" "HelpLink" "${HELP}"
  WriteRegStr HKLM "${UNINSTALL}" "URLInfoAbout" "${HELP}"
  WriteRegStr HKLM "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKLM "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKLM "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKLM "${UNINSTALL}" "EstimatedSize" ${SIZE_KB}
  WriteRegDWORD HKLM "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKLM "${UNINSTALL}" "NoRepair" 1
SectionEnd

Section "Uninstall"
  SetRegView 64
  SetShellVarContext all
  ; File by file: whatever else lies in the folder is not ours to remove.
  !insertmacro take_away
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\${NAME}.lnk"
  DeleteRegKey HKLM "${UNINSTALL}"
  DeleteRegKey HKLM "${EVENTS}"
  DeleteRegKey HKLM "Software\Classes\Triage.Bundle"
  DeleteRegValue HKLM "Software\Classes\.bundle\OpenWithProgids" "Triage.Bundle"
  DeleteRegKey /ifempty HKLM "Software\Classes\.bundle\OpenWithProgids"
  ReadRegStr $0 HKLM "Software\Classes\.bundle" ""
  ${If} $0 == "Triage.Bundle"
    DeleteRegValue HKLM "Software\Classes\.bundle" ""
  ${EndIf}
  DeleteRegKey /ifempty HKLM "Software\Classes\.bundle"
  DeleteRegValue HKLM "Software\Triage" "InstalledBy"
  DeleteRegValue HKLM "Software\Triage" "Version"
  DeleteRegValue HKLM "Software\Triage" "Folder"
  DeleteRegKey /ifempty HKLM "Software\Triage"
SectionEnd
